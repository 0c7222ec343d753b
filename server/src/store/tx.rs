//! Who acts, and the transaction they act in.

use super::backend::AnyConnection;
use super::types::{ClinicianId, DeviceId, PatientId, TenantId};

/// On whose behalf the store is used, and in which clinic. The only way to patient data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scope {
    /// The clinic.
    pub tenant: TenantId,
    /// The person or process.
    pub principal: Principal,
}

/// Who acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Principal {
    /// A clinician of the clinic.
    Clinician(ClinicianId),
    /// A patient, through one of their devices.
    Patient(PatientId, DeviceId),
    /// Someone who holds a credential that is being checked.
    Unknown,
    /// The operator's command line.
    Operator,
    /// A background job of the server.
    Job(&'static str),
}

impl Scope {
    /// For checking a credential that names this clinic.
    pub fn unknown(tenant: TenantId) -> Self {
        Self {
            tenant,
            principal: Principal::Unknown,
        }
    }

    /// For the operator's command line.
    pub fn operator(tenant: TenantId) -> Self {
        Self {
            tenant,
            principal: Principal::Operator,
        }
    }

    /// For a background job working on one clinic.
    pub fn job(tenant: TenantId, name: &'static str) -> Self {
        Self {
            tenant,
            principal: Principal::Job(name),
        }
    }
}

/// The right to look across clinics: planning, dispatching and bootstrap only.
#[derive(Debug, Clone, Copy)]
pub struct System;

/// A transaction and the right it is used with.
pub struct Tx<'a, S = Scope> {
    connection: &'a mut AnyConnection,
    scope: S,
}

impl<'a, S: Copy> Tx<'a, S> {
    pub(super) fn new(connection: &'a mut AnyConnection, scope: S) -> Self {
        Self { connection, scope }
    }

    /// The raw connection: for files of the store only.
    pub(super) fn connection(&mut self) -> &mut AnyConnection {
        self.connection
    }
}

impl Tx<'_, Scope> {
    /// Who acts.
    pub fn scope(&self) -> Scope {
        self.scope
    }

    /// The clinic every statement of this transaction is bound to.
    pub fn tenant(&self) -> TenantId {
        self.scope.tenant
    }
}

impl Tx<'_, System> {
    /// The same transaction, bound to one clinic.
    pub fn within(&mut self, scope: Scope) -> Tx<'_, Scope> {
        Tx {
            connection: self.connection,
            scope,
        }
    }
}

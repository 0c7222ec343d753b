//! The pages a person can go to from every page of theirs: path and words, in the order shown.

/// Of a clinic.
pub const CLINIC: &[(&str, &str)] = &[
    ("/worklist", "Worklist"),
    ("/patients", "Patients"),
    ("/clinic", "Clinic"),
];

/// Of one patient, for a clinician: the path continues the patient's own.
pub const PATIENT: &[(&str, &str)] = &[
    ("", "Overview"),
    ("/plan", "Plan"),
    ("/monitoring", "Monitoring"),
    ("/report", "Report"),
];

/// Of a patient on their own phone.
pub const PHONE: &[(&str, &str)] = &[("/today", "Today")];

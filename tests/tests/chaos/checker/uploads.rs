//! Sessions: what was acknowledged is there, once and unchanged; what is there was sent.

use std::collections::{BTreeMap, BTreeSet};

use super::Finding;
use crate::evidence::Upload;

pub(super) fn check(
    sent: &BTreeMap<String, Upload>,
    listed: &[(usize, String, String)],
) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut known = BTreeSet::new();
    for (patient, id, body) in listed {
        if !known.insert(id) {
            findings.push(Finding::UploadTwice(id.clone()));
        }
        match sent.get(id) {
            Some(upload) if upload.patient == *patient => {
                if upload.body != *body {
                    findings.push(Finding::UploadChanged(id.clone()));
                }
            }
            _ => findings.push(Finding::UploadPhantom(id.clone())),
        }
    }
    let lost = sent
        .iter()
        .filter(|(id, upload)| upload.acknowledged && !known.contains(id));
    findings.extend(lost.map(|(id, _)| Finding::UploadLost(id.clone())));
    findings
}

//! The pages a person can go to from every page of theirs: path and words, in the order shown.

/// Of a clinic.
pub const CLINIC: &[(&str, &str)] = &[
    ("/worklist", "Worklist"),
    ("/patients", "Patients"),
    ("/clinic", "Clinic"),
    ("/templates", "Templates"),
    ("/team", "Team"),
    ("/settings", "Settings"),
];

/// Of one patient, for a clinician: the path continues the patient's own.
pub const PATIENT: &[(&str, &str)] = &[
    ("", "Overview"),
    ("/course", "Course"),
    ("/gait", "Walking"),
    ("/plan", "Plan"),
    ("/messages", "Messages"),
    ("/record", "Record"),
    ("/monitoring", "Monitoring"),
    ("/report", "Report"),
    ("/audit", "Audit"),
];

/// Of a patient on their own phone.
pub const PHONE: &[(&str, &str)] = &[
    ("/today", "Today"),
    ("/check-in", "Check-in"),
    ("/progress", "Progress"),
    ("/messages", "Messages"),
    ("/me", "Settings"),
];

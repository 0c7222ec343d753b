//! The trail in words.

/// The kinds lines are filtered by: the beginning of the action, and what it is called.
pub const KINDS: [(&str, &str); 21] = [
    ("plan", "Plans"),
    ("plan_template", "Templates"),
    ("suggestion", "Suggestions"),
    ("exercise", "Exercises"),
    ("message", "Messages"),
    ("alert", "Alerts"),
    ("worklist", "Worklist"),
    ("patient", "Patients and pauses"),
    ("occurrence", "Answers"),
    ("insole_session", "Insole sessions"),
    ("checkin", "Check-ins"),
    ("scale", "Questionnaires"),
    ("suspension", "Exercises held back"),
    ("exam", "Examinations"),
    ("care_event", "Events"),
    ("consent", "Consent"),
    ("erasure", "Erasure"),
    ("rtm", "Remote monitoring"),
    ("device", "Devices"),
    ("clinician", "Clinicians"),
    ("sandbox", "Sandbox clock"),
];

/// What was done, in words; an action without words as it is stored.
pub fn of(action: &str) -> &str {
    match action {
        "plan.publish" => "published a plan",
        "exercise.level" => "set the level of an exercise",
        "exercise.level_rejected" => "left an exercise at its level",
        "plan_template.write" => "wrote a template",
        "plan_template.retire" => "retired a template",
        "suggestion.reject" => "rejected what a finding suggested",
        "message.send" => "sent a message",
        "message.read" => "read messages",
        "message.no_answer" => "marked messages as needing no answer",
        "message.praise" => "sent a word of praise",
        "alert.ack" => "took on an alert",
        "alert.resolve" => "resolved an alert",
        "alert.snooze" => "put an alert off",
        "alert.reopen" => "opened an alert again that was put off",
        "alert.escalate" => "handed an alert on",
        "worklist.turn" => "saw to a row of the worklist",
        "patient.create" => "added the patient",
        "patient.pause" => "entered a pause",
        "patient.resume" => "ended a pause",
        "patient.settings" => "changed settings of reminders",
        "patient.zone" => "set the time zone",
        "patient.team" => "changed who looks after the patient",
        "patient.enrolment_code" => "made a code to connect a device",
        "patient.export" => "downloaded what is kept of the patient",
        "patient.erase" => "erased the patient's data",
        "device.enrol" => "connected a device",
        "device.end" => "ended a device",
        "device.push_token" => "gave a device's push address",
        "device.push_subscription" => "turned reminders in a browser on",
        "device.push_off" => "turned a device's reminders off",
        "consent.give" => "gave consent",
        "consent.withdraw" => "withdrew consent",
        "erasure.request" => "asked for erasure",
        "erasure.cancel" => "called erasure off",
        "checkin.red_flag" => "answered yes to a red flag",
        "exercise.suspend" => "reported pain, and an exercise was held back",
        "exercise.step_back" => "reported pain, and an exercise was made easier",
        "exercise.resume" => "corrected a check-in, and an exercise goes on",
        "occurrence.answer" => "answered what was due",
        "insole_session.upload" => "uploaded an insole session",
        "checkin.take" => "answered a check-in",
        "scale.record" => "filled in a questionnaire",
        "suspension.end" => "let an exercise go on",
        "exam.record" => "recorded an examination",
        "care_event.record" => "recorded an event",
        "care_event.retract" => "took an event back",
        "notice.seen" => "read notices",
        "outage.excuse" => "excused what fell into an outage",
        "rtm.start" => "started a timer",
        "rtm.stop" => "stopped a timer",
        "rtm.record" => "entered time",
        "rtm.call" => "noted a call",
        "rtm.correct" => "corrected time or a call",
        "clinic.export" => "downloaded a table of the clinic",
        "clinic.open" => "opened the clinic",
        "clinic.settings" => "changed the clinic's settings",
        "clinician.add" => "added a clinician",
        "clinician.link" => "made a sign-in link",
        "clinician.sign_in_code" => "made a sign-in code",
        "clinician.use_link" => "used a sign-in link",
        "clinician.deactivate" => "ended a clinician's account",
        "clinician.password" => "set a password",
        "clinician.stand_in" => "set who stands in for a clinician",
        "clinician.handover" => "handed patients over",
        "sandbox.create" => "created the sandbox clock",
        "sandbox.advance" => "moved the sandbox clock",
        "sandbox.freeze" => "stopped the sandbox clock",
        "sandbox.run" => "let the sandbox clock run",
        "session.begin" => "signed in",
        "session.end" => "signed out",
        "session.end_others" => "ended the other sessions",
        other => other,
    }
}

/// Whether an action is of a kind.
pub fn is_of(action: &str, kind: &str) -> bool {
    action.split('.').next() == Some(kind)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn sources(folder: &Path, all: &mut String) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                sources(&path, all);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                all.push_str(&std::fs::read_to_string(&path).unwrap());
            }
        }
    }

    #[test]
    fn every_action_a_person_takes_has_words() {
        let mut all = String::new();
        sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut all);
        let named = |before: &'static str| {
            let after = all.split(before).skip(1).map(str::trim_start);
            after.filter_map(|rest| rest.strip_prefix('"')?.split('"').next())
        };
        // In two pieces, so that this file is no finding of its own. The other door is the check-ins' own, in the transaction.
        let actions: Vec<&str> = named(concat!(".aud", "it("))
            .chain(named(concat!(".not", "e(tx,")))
            .collect();
        assert!(actions.len() > 30, "{actions:?}");
        for action in actions {
            assert_ne!(of(action), action, "has no words");
        }
    }

    #[test]
    fn a_kind_is_the_whole_beginning() {
        assert!(is_of("plan.publish", "plan"));
        assert!(!is_of("planner.run", "plan"));
    }
}

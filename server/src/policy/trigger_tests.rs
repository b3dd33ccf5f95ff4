//! Tests of triggers: which values of which fields match.

use super::*;

fn matches(trigger: &Trigger, fields: &[u8]) -> bool {
    let content = [
        b"Subject: x\r\n",
        fields,
        b"\r\n\r\nSensitivity: Company-Confidential",
    ]
    .concat();
    trigger.matches(&HeaderSection::split(&content).expect("header"))
}

fn field(test: Test) -> Trigger {
    Trigger::Field {
        name: "Sensitivity".to_owned(),
        test,
    }
}

#[test]
fn a_value_is_compared_decoded_and_without_case() {
    let trigger = field(Test::Equals("Company-Confidential".to_owned()));
    for fields in [
        &b"Sensitivity: Company-Confidential"[..],
        b"sensitivity:company-confidential",
        b"SENSITIVITY :   COMPANY-CONFIDENTIAL  ",
        b"Sensitivity:\r\n Company-Confidential",
        b"Sensitivity: =?utf-8?q?Company-Confidential?=",
        b"Sensitivity: =?utf-8?b?Q29tcGFueS1Db25maWRlbnRpYWw=?=",
        b"Sensitivity: Company-Confidential (set by Outlook)",
        b"Sensitivity: Personal\r\nSensitivity: Company-Confidential",
        b"Sensitivity: Company-Confidential\r\nSensitivity: Personal",
        // Cannot be read, so it may say so.
        b"Sensitivity: =?klingon?q?x?=",
        b"Sensitivity: \xff\xfe",
    ] {
        assert!(matches(&trigger, fields), "{}", fields.escape_ascii());
    }
    for fields in [
        &b"X-Other: Company-Confidential"[..],
        b"Sensitivity: Personal",
        b"Sensitivity:",
        b"Sensitivity: not Company-Confidential",
        b"Sensitivity: Company-Confidentially",
        b"Sensitivity: (Company-Confidential)",
        b"X-Sensitivity: Company-Confidential",
    ] {
        assert!(!matches(&trigger, fields), "{}", fields.escape_ascii());
    }
}

#[test]
fn a_value_can_contain_what_is_looked_for() {
    let trigger = field(Test::Contains("in  Confidence".to_owned()));
    assert!(matches(
        &trigger,
        b"Sensitivity: NHS - In\r\n\tconfidence - 1"
    ));
    assert!(!matches(&trigger, b"Sensitivity: in con fidence"));
}

#[test]
fn a_sensitivity_label_counts_by_its_name_or_id_unless_it_is_off() {
    let by_name = Trigger::Label("All Staff - Confidential".to_owned());
    let by_id = Trigger::Label("F0A5D1B2-0000-4000-8000-000000000001".to_owned());
    let id = "f0a5d1b2-0000-4000-8000-000000000001";
    let other = "f0a5d1b2-0000-4000-8000-000000000002";
    let name = "Name=All Staff - Confidential";
    for (value, expected) in [
        (
            format!("MSIP_Label_{id}_Enabled=true; MSIP_Label_{id}_{name};"),
            true,
        ),
        (
            format!("MSIP_Label_{id}_enabled=True;\r\n MSIP_Label_{id}_{name}"),
            true,
        ),
        (format!("MSIP_Label_{id}_{name}"), true),
        (
            format!("MSIP_Label_{id}_Name=All%20Staff%20-%20Confidential"),
            true,
        ),
        (
            format!("=?utf-8?q?MSIP=5FLabel=5F{id}=5FName=3DAll_Staff_-_Confidential?="),
            true,
        ),
        (
            format!("MSIP_Label_{id}_Enabled=false; MSIP_Label_{id}_{name}"),
            false,
        ),
        (
            format!(
                "MSIP_Label_{id}_Enabled=false; MSIP_Label_{id}_Enabled=true; MSIP_Label_{id}_{name}"
            ),
            true,
        ),
        (
            format!("MSIP_Label_{id}_Enabled=true; MSIP_Label_{id}_Name=Public"),
            false,
        ),
        (
            format!(
                "MSIP_Label_{other}_Enabled=true; MSIP_Label_{id}_Enabled=false; MSIP_Label_{id}_{name}"
            ),
            false,
        ),
        // Not of the form: mentioned is enough.
        ("All Staff - Confidential".to_owned(), true),
        (
            format!("MSIP_Label_{id}_Name=All Staff - Confidential; and more"),
            true,
        ),
        (
            format!("MSIP_Label_{id}_Enabled=false; all staff - confidential"),
            true,
        ),
        ("Public".to_owned(), false),
        (String::new(), false),
        (";;;".to_owned(), false),
        ("=?klingon?q?x?=".to_owned(), true),
    ] {
        let fields = format!("msip_labels: {value}");
        assert_eq!(matches(&by_name, fields.as_bytes()), expected, "{value}");
    }
    for (value, expected) in [
        (
            format!("MSIP_Label_{id}_Enabled=true; MSIP_Label_{id}_Name=Public"),
            true,
        ),
        (
            format!("MSIP_Label_{id}_SetDate=2026-11-22T10:00:00Z"),
            true,
        ),
        (format!("MSIP_Label_{id}_Enabled=false"), false),
        (format!("MSIP_Label_{other}_Enabled=true"), false),
        (format!("nonsense {id}"), true),
    ] {
        let fields = format!("MSIP_Labels: {value}");
        assert_eq!(matches(&by_id, fields.as_bytes()), expected, "{value}");
    }
    let twice = format!(
        "msip_labels: MSIP_Label_{other}_Name=Public\r\nmsip_labels: MSIP_Label_{id}_Enabled=true"
    );
    assert!(matches(&by_id, twice.as_bytes()));
}

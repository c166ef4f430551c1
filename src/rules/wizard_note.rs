//! Whether the hybrid wizard's last run explains a case.
//!
//! In: a [`Case`] and what was found. Out: the wizard's setting, and a sentence about it.
//! Must not decide a cause: the wizard's log only tells who made a setting, and when. Its times are
//! local to the computer that ran it, so a setting may be up to fourteen hours off.

use crate::onprem::model::WizardSetting;
use crate::tenant::InboundConnector;

use super::case::Case;
use super::entry::Finding;

/// No place on earth is further from UTC.
const MOST_OFFSET: i64 = 14 * 3_600_000;

/// The last setting of the wizard that is still in force on a connector of this case and was made
/// before its first refusal, as far as local time allows to tell.
pub fn setting<'a>(case: &Case<'a>, finding: &Finding) -> Option<&'a WizardSetting> {
    if !case.concerns_our_side() {
        return None;
    }
    let latest = case.first().millis().saturating_add(MOST_OFFSET);
    let settings = case.study.on_premises.wizard.iter();
    settings
        .filter(|setting| {
            !setting.failed
                && setting.local_time.is_known()
                && setting.local_time.millis() <= latest
                && in_force(setting, case, finding)
        })
        .max_by_key(|setting| (setting.local_time, setting.line))
}

fn in_force(setting: &WizardSetting, case: &Case<'_>, finding: &Finding) -> bool {
    let Some(value) = &setting.certificate_name else {
        return false;
    };
    let same = |known: Option<&Option<String>>| {
        let known = known.and_then(Option::as_deref);
        known.is_some_and(|known| known.trim().eq_ignore_ascii_case(value.trim()))
    };
    let is_named = |name: &str| {
        let setting = setting.connector.as_deref();
        setting.is_some_and(|setting| setting.eq_ignore_ascii_case(name))
    };
    if setting
        .cmdlet
        .to_ascii_lowercase()
        .ends_with("inboundconnector")
    {
        let decides = |connector: &InboundConnector| {
            let deciding = finding.deciding.as_ref();
            let deciding = deciding.and_then(|deciding| deciding.connector.as_deref());
            deciding.is_none_or(|name| name.eq_ignore_ascii_case(&connector.name))
        };
        return case.judgement.active().any(|view| {
            is_named(&view.connector.name)
                && decides(view.connector)
                && same(view.connector.tls_sender_certificate_name.value())
        });
    }
    let send_connector = case.send_connector();
    let mut exports = case.study.on_premises.send_connectors.iter();
    is_named(send_connector)
        && exports.any(|connector| {
            connector.name.eq_ignore_ascii_case(send_connector)
                && same(connector.tls_certificate_name.value())
        })
}

/// What the wizard did, as a sentence.
pub fn sentence(setting: &WizardSetting) -> String {
    format!(
        "The hybrid wizard made this setting: on {} (local time of the computer it ran on) {} gave '{}' the certificate name '{}'.",
        setting.local_time,
        setting.cmdlet,
        setting.connector.as_deref().unwrap_or("a connector"),
        setting.certificate_name.as_deref().unwrap_or_default(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::timestamp::Timestamp;
    use crate::onprem::OnPremises;
    use crate::rules::CAUSES;
    use crate::rules::scenario::{Session, contoso, with_study};

    fn wizard(time: &[u8], name: &str) -> WizardSetting {
        WizardSetting {
            local_time: Timestamp::parse(time).unwrap(),
            cmdlet: "Set-InboundConnector".to_owned(),
            connector: Some("Inbound from contoso".to_owned()),
            certificate_name: Some(name.to_owned()),
            failed: false,
            file: "wizard.log".to_owned(),
            line: 7,
            text: String::new(),
        }
    }

    fn explained(setting: WizardSetting) -> bool {
        let own = OnPremises {
            wizard: vec![setting],
            ..OnPremises::default()
        };
        let renamed = Session {
            names: &["smtp.contoso.net"],
            ..Session::default()
        };
        with_study(&[renamed], &[contoso()], &own, |study| {
            let case = Case::new(study, &study.aggregate.occurrences[0]);
            let finding = CAUSES.iter().find_map(|rule| rule.check(&case)).unwrap();
            super::setting(&case, &finding).is_some()
        })
    }

    #[test]
    fn a_setting_in_force_from_before_explains() {
        assert!(explained(wizard(
            b"2026-11-02T22:00:00.000Z",
            "mail.contoso.com"
        )));
        // The wizard's computer may be in another zone.
        assert!(explained(wizard(
            b"2026-11-03T10:00:00.000Z",
            "MAIL.contoso.com"
        )));
    }

    #[test]
    fn another_value_a_later_one_and_a_failed_one_do_not() {
        assert!(!explained(wizard(
            b"2026-11-02T22:00:00.000Z",
            "smtp.contoso.net"
        )));
        assert!(!explained(wizard(
            b"2026-11-04T22:00:00.000Z",
            "mail.contoso.com"
        )));
        let failed = WizardSetting {
            failed: true,
            ..wizard(b"2026-11-02T22:00:00.000Z", "mail.contoso.com")
        };
        assert!(!explained(failed));
    }
}

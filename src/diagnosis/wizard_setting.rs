//! Whether the last run of the hybrid wizard explains a rejection.
//!
//! In: a [`CauseContext`] and its diagnosis. Out: the setting of the wizard, and a sentence about
//! it.
//! Must not decide a cause. The log of the wizard only shows who made a setting, and when. Its
//! times are local to the computer that ran it, so a time may be wrong by up to fourteen hours.

use crate::diagnosis::cause::Diagnosis;
use crate::diagnosis::cause_context::CauseContext;
use crate::onprem::OnPremises;
use crate::onprem::model::WizardSetting;
use crate::tenant::{InboundConnector, Tenant};

/// The largest offset from UTC on earth, in milliseconds.
const MOST_OFFSET: i64 = 14 * 3_600_000;

/// The last setting of the wizard that is still in force on a connector of this context and that
/// was made before the first rejection, as far as local times show.
pub fn setting<'a>(context: &CauseContext<'a>, finding: &Diagnosis) -> Option<&'a WizardSetting> {
    if !context.concerns_our_side() {
        return None;
    }
    let latest = context.first().millis().saturating_add(MOST_OFFSET);
    let settings = context.analysis.on_premises.wizard.iter();
    settings
        .filter(|setting| {
            !setting.failed
                && setting.local_time.is_known()
                && setting.local_time.millis() <= latest
                && in_force(setting, context, finding)
        })
        .max_by_key(|setting| (setting.local_time, setting.line))
}

fn in_force(setting: &WizardSetting, context: &CauseContext<'_>, finding: &Diagnosis) -> bool {
    let same = |known: Option<&Option<String>>| is_same(setting, known.and_then(Option::as_deref));
    let is_named = |name: &str| {
        let setting = setting.connector.as_deref();
        setting.is_some_and(|setting| setting.eq_ignore_ascii_case(name))
    };
    if sets_inbound(setting) {
        let decides = |connector: &InboundConnector| {
            let deciding = finding.deciding.as_ref();
            let deciding = deciding.and_then(|deciding| deciding.connector.as_deref());
            deciding.is_none_or(|name| name.eq_ignore_ascii_case(&connector.name))
        };
        return context.judgement.active().any(|view| {
            is_named(&view.connector.name)
                && decides(view.connector)
                && same(view.connector.tls_sender_certificate_name.value())
        });
    }
    let send_connector = context.send_connector();
    let mut exports = context.analysis.on_premises.send_connectors.iter();
    is_named(send_connector)
        && exports.any(|connector| {
            connector.name.eq_ignore_ascii_case(send_connector)
                && same(connector.tls_certificate_name.value())
        })
}

/// The certificate name that the export of the connector shows now. `None` if no export has such a
/// connector, or if it lost the name; `Some(None)` if the connector has no certificate name. Of
/// several connectors with that name, the one that shows what the wizard set counts.
pub fn exported_name(
    setting: &WizardSetting,
    own: &OnPremises,
    tenants: &[Tenant],
) -> Option<Option<String>> {
    let name = setting.connector.as_deref()?;
    let is_named = |known: &str| known.eq_ignore_ascii_case(name);
    let values: Vec<&Option<String>> = if sets_inbound(setting) {
        let connectors = tenants.iter().flat_map(|tenant| &tenant.connectors);
        connectors
            .filter(|connector| is_named(&connector.name))
            .filter_map(|connector| connector.tls_sender_certificate_name.value())
            .collect()
    } else {
        let connectors = own.send_connectors.iter();
        connectors
            .filter(|connector| is_named(&connector.name))
            .filter_map(|connector| connector.tls_certificate_name.value())
            .collect()
    };
    let same = values
        .iter()
        .find(|value| is_same(setting, value.as_deref()));
    same.or(values.first()).map(|value| (*value).clone())
}

/// Whether the export shows another name than the wizard set. `None` for a setting that failed,
/// that set no name, or that a later setting of the same connector replaced.
pub fn differs(
    setting: &WizardSetting,
    own: &OnPremises,
    exported: Option<&Option<String>>,
) -> Option<bool> {
    setting
        .certificate_name
        .as_ref()
        .filter(|_| !setting.failed)?;
    let replaced = own.wizard.iter().any(|later| {
        let order = |one: &WizardSetting| (one.local_time, one.line);
        !later.failed
            && later.certificate_name.is_some()
            && sets_inbound(later) == sets_inbound(setting)
            && later.connector == setting.connector
            && order(later) > order(setting)
    });
    let exported = exported.filter(|_| !replaced)?;
    Some(!is_same(setting, exported.as_deref()))
}

fn sets_inbound(setting: &WizardSetting) -> bool {
    let cmdlet = setting.cmdlet.to_ascii_lowercase();
    cmdlet.ends_with("inboundconnector")
}

fn is_same(setting: &WizardSetting, known: Option<&str>) -> bool {
    let value = setting.certificate_name.as_deref();
    value.is_some_and(|value| {
        known.is_some_and(|known| known.trim().eq_ignore_ascii_case(value.trim()))
    })
}

/// A sentence about what the wizard did.
pub fn sentence(setting: &WizardSetting) -> String {
    format!(
        "The hybrid wizard made this setting. On {} (local time of the computer that ran it), {} gave '{}' the certificate name '{}'.",
        setting.local_time.to_string().trim_end_matches('Z'),
        setting.cmdlet,
        setting.connector.as_deref().unwrap_or("a connector"),
        setting.certificate_name.as_deref().unwrap_or_default(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::causes::CAUSES;
    use crate::input::timestamp::Timestamp;
    use crate::scenario::logs::{Session, contoso, with_analysis};

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
        with_analysis(&[renamed], &[contoso()], &own, |analysis| {
            let context = CauseContext::new(analysis, &analysis.aggregate.occurrences[0]);
            let finding = CAUSES.iter().find_map(|rule| rule.check(&context)).unwrap();
            super::setting(&context, &finding).is_some()
        })
    }

    #[test]
    fn a_setting_in_force_from_before_explains() {
        assert!(explained(wizard(
            b"2026-11-02T22:00:00.000Z",
            "mail.contoso.com"
        )));
        // The computer that ran the wizard may be in another time zone.
        assert!(explained(wizard(
            b"2026-11-03T10:00:00.000Z",
            "MAIL.contoso.com"
        )));
    }

    #[test]
    fn the_last_setting_of_a_connector_is_compared_with_its_export() {
        let own = OnPremises {
            wizard: vec![
                wizard(b"2026-11-01T22:00:00.000Z", "old.contoso.com"),
                wizard(b"2026-11-02T22:00:00.000Z", "smtp.contoso.net"),
            ],
            ..OnPremises::default()
        };
        let compared: Vec<Option<bool>> = own
            .wizard
            .iter()
            .map(|setting| {
                let exported = exported_name(setting, &own, &[contoso()]);
                assert_eq!(exported, Some(Some("mail.contoso.com".to_owned())));
                differs(setting, &own, exported.as_ref())
            })
            .collect();
        assert_eq!(compared, [None, Some(true)]);
        let none = OnPremises::default();
        let same = wizard(b"2026-11-02T22:00:00.000Z", "MAIL.contoso.com");
        let exported = exported_name(&same, &none, &[contoso()]);
        assert_eq!(differs(&same, &none, exported.as_ref()), Some(false));
        assert_eq!(exported_name(&same, &none, &[]), None);
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

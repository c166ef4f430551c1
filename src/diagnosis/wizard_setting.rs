//! Whether the last run of the hybrid wizard explains a rejection.
//!
//! In: a [`CauseContext`] and its diagnosis. Out: the setting of the wizard, and a sentence about
//! it.
//! Must not decide a cause. The log of the wizard only shows who made a setting, and when. Its
//! times are local to the computer that ran it, so a time may be wrong by up to fourteen hours.

use std::collections::HashMap;

use crate::diagnosis::cause::Diagnosis;
use crate::diagnosis::cause_context::CauseContext;
use crate::diagnosis::wizard_lookup::sets_inbound;
use crate::input::timestamp::Timestamp;
use crate::language::{Language, sentences};
use crate::onprem::OnPremises;
use crate::onprem::model::WizardSetting;
use crate::tenant::Tenant;

/// The largest offset from UTC on earth, in milliseconds.
const MOST_OFFSET: i64 = 14 * 3_600_000;

/// The last setting of the wizard that is still in force on a connector of this context and that
/// was made before the first rejection, as far as local times show.
pub fn setting<'a>(context: &CauseContext<'a>, finding: &Diagnosis) -> Option<&'a WizardSetting> {
    let own = context.analysis.on_premises;
    if !context.concerns_our_side() || own.wizard.is_empty() {
        return None;
    }
    let latest = context.first().millis().saturating_add(MOST_OFFSET);
    let settings = &context.analysis.lookup.wizard;
    let deciding = finding.deciding.as_ref();
    let deciding = deciding.and_then(|deciding| deciding.connector.as_deref());
    let inbound = context.judgement.active().map(|view| view.connector);
    let inbound = inbound
        .filter(|connector| deciding.is_none_or(|name| name.eq_ignore_ascii_case(&connector.name)))
        .filter_map(|connector| {
            let value = connector.tls_sender_certificate_name.value();
            settings.last(true, &connector.name, value, latest)
        });
    let outbound = context.send_connector_exports().filter_map(|connector| {
        let value = connector.tls_certificate_name.value();
        settings.last(false, &connector.name, value, latest)
    });
    let (_, _, number) = inbound.chain(outbound).max()?;
    own.wizard.get(number)
}

/// The settings of the wizard beside what the exports show now.
#[derive(Debug)]
pub struct Comparison<'a> {
    /// The certificate names of connectors, by whether they are inbound ones and by name.
    exported: HashMap<(bool, String), Vec<&'a Option<String>>>,
    /// The time of the last setting of each connector.
    last: HashMap<(bool, Option<&'a str>), (Timestamp, u64)>,
}

impl<'a> Comparison<'a> {
    /// Takes all settings and exports.
    pub fn of(own: &'a OnPremises, tenants: &'a [Tenant]) -> Comparison<'a> {
        let inbound = tenants.iter().flat_map(|tenant| &tenant.connectors);
        let inbound = inbound.map(|one| (true, &one.name, &one.tls_sender_certificate_name));
        let outbound = own.send_connectors.iter();
        let outbound = outbound.map(|one| (false, &one.name, &one.tls_certificate_name));
        let mut exported: HashMap<_, Vec<_>> = HashMap::new();
        for (inbound, name, value) in inbound.chain(outbound) {
            let key = (inbound, name.to_ascii_lowercase());
            exported.entry(key).or_default().extend(value.value());
        }
        let mut last = HashMap::new();
        let made = own.wizard.iter();
        for setting in made.filter(|one| !one.failed && one.certificate_name.is_some()) {
            let time = (setting.local_time, setting.line);
            let known = last.entry(connector_of(setting)).or_insert(time);
            *known = time.max(*known);
        }
        Comparison { exported, last }
    }

    /// The certificate name that the export of the connector shows now. `None` if no export has such a
    /// connector, or if it lost the name; `Some(None)` if the connector has no certificate name. Of
    /// several connectors with that name, the one that shows what the wizard set counts.
    pub fn exported_name(&self, setting: &WizardSetting) -> Option<Option<String>> {
        let name = setting.connector.as_deref()?.to_ascii_lowercase();
        let values = self.exported.get(&(sets_inbound(setting), name))?;
        let same = values
            .iter()
            .find(|value| is_same(setting, value.as_deref()));
        same.or(values.first()).map(|value| (*value).clone())
    }

    /// Whether the export shows another name than the wizard set. `None` for a setting that failed,
    /// that set no name, or that a later setting of the same connector replaced.
    pub fn differs(
        &self,
        setting: &WizardSetting,
        exported: Option<&Option<String>>,
    ) -> Option<bool> {
        setting
            .certificate_name
            .as_ref()
            .filter(|_| !setting.failed)?;
        let last = self.last.get(&connector_of(setting));
        let replaced = last.is_some_and(|last| *last > (setting.local_time, setting.line));
        let exported = exported.filter(|_| !replaced)?;
        Some(!is_same(setting, exported.as_deref()))
    }
}

/// Which connector a setting sets.
fn connector_of(setting: &WizardSetting) -> (bool, Option<&str>) {
    (sets_inbound(setting), setting.connector.as_deref())
}

fn is_same(setting: &WizardSetting, known: Option<&str>) -> bool {
    let value = setting.certificate_name.as_deref();
    value.is_some_and(|value| {
        known.is_some_and(|known| known.trim().eq_ignore_ascii_case(value.trim()))
    })
}

/// A sentence about what the wizard did.
pub fn sentence(language: Language, setting: &WizardSetting) -> String {
    let time = setting.local_time.to_string();
    let connector = setting.connector.clone();
    made_by_wizard(
        language,
        time.trim_end_matches('Z'),
        &setting.cmdlet,
        &connector.unwrap_or_else(|| some_connector(language)),
        setting.certificate_name.as_deref().unwrap_or_default(),
    )
}

sentences! {
    /// What the wizard did.
    fn made_by_wizard(time: &str, cmdlet: &str, connector: &str, name: &str) {
        en: "The hybrid wizard made this setting. On {time} (local time of the computer that ran it), {cmdlet} gave '{connector}' the certificate name '{name}'.",
        ja: "この設定はハイブリッド構成ウィザードによるものです。{time} (ウィザードを実行したコンピューターの現地時刻) に、{cmdlet} が「{connector}」に証明書名「{name}」を設定しました。" ["33877a40"],
    }
    /// A connector whose name the log of the wizard does not show.
    fn some_connector() {
        en: "a connector",
        ja: "コネクタ" ["3c041ae7"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::causes::CAUSES;
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
        let tenants = [contoso()];
        let comparison = Comparison::of(&own, &tenants);
        let compared: Vec<Option<bool>> = own
            .wizard
            .iter()
            .map(|setting| {
                let exported = comparison.exported_name(setting);
                assert_eq!(exported, Some(Some("mail.contoso.com".to_owned())));
                comparison.differs(setting, exported.as_ref())
            })
            .collect();
        assert_eq!(compared, [None, Some(true)]);
        let none = OnPremises::default();
        let same = wizard(b"2026-11-02T22:00:00.000Z", "MAIL.contoso.com");
        let comparison = Comparison::of(&none, &tenants);
        let exported = comparison.exported_name(&same);
        assert_eq!(comparison.differs(&same, exported.as_ref()), Some(false));
        assert_eq!(Comparison::of(&none, &[]).exported_name(&same), None);
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

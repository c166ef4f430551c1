//! The settings of the hybrid wizard, by what they are about.
//!
//! In: the log of the wizard. Out: [`Settings`], in which the last setting up to a time is found.
//! Must not compare them with anything.

use std::collections::BTreeMap;

use crate::input::timestamp::Timestamp;
use crate::onprem::OnPremises;
use crate::onprem::model::WizardSetting;

/// What a setting is about: whether it sets an inbound connector, the name of the connector, and the
/// certificate name. Both names are in the form in which they are compared.
type About = (bool, String, String);

/// The settings of the wizard that may be in force, by what they are about and by time.
#[derive(Debug, Default)]
pub(super) struct Settings(BTreeMap<About, Vec<(Timestamp, u64, usize)>>);

impl Settings {
    pub(super) fn of(own: &OnPremises) -> Settings {
        let mut settings = Settings::default();
        for (number, setting) in own.wizard.iter().enumerate() {
            if let (Some(connector), Some(value)) = (&setting.connector, &setting.certificate_name)
                && !setting.failed
                && setting.local_time.is_known()
            {
                let about = about(sets_inbound(setting), connector, value);
                let time = (setting.local_time, setting.line, number);
                settings.0.entry(about).or_default().push(time);
            }
        }
        for times in settings.0.values_mut() {
            times.sort_unstable();
        }
        settings
    }

    /// The last one that gave this connector this certificate name, up to a time.
    pub(super) fn last(
        &self,
        inbound: bool,
        connector: &str,
        value: Option<&Option<String>>,
        latest: i64,
    ) -> Option<(Timestamp, u64, usize)> {
        let value = value.and_then(Option::as_deref)?;
        let times = self.0.get(&about(inbound, connector, value))?;
        let before = times.partition_point(|(time, ..)| time.millis() <= latest);
        times[..before].last().copied()
    }
}

fn about(inbound: bool, connector: &str, value: &str) -> About {
    let value = value.trim().to_ascii_lowercase();
    (inbound, connector.to_ascii_lowercase(), value)
}

/// Whether the setting is one of an inbound connector.
pub(super) fn sets_inbound(setting: &WizardSetting) -> bool {
    let cmdlet = setting.cmdlet.to_ascii_lowercase();
    cmdlet.ends_with("inboundconnector")
}

//! What the picture of a report and the way of the mail are drawn from, field by field.
//!
//! In: parts of a document. Out: the same with stand-ins.
//! Must not leave out a field, as in `document`.

use super::redactor::Redactor;
use crate::report::document::{Failing, InboundConnectorRow, LogGap, StreamEffect};
use crate::report::on_premises::WizardRun;

impl Redactor {
    pub(super) fn failing(&mut self, failing: Failing) -> Failing {
        let Failing {
            step,
            offered,
            expected,
        } = failing;
        Failing {
            step,
            offered: self.compared(&offered),
            expected: self.compared(&expected),
        }
    }

    /// Names of certificates, domains and addresses, as they were compared.
    fn compared(&mut self, names: &[String]) -> Vec<String> {
        let one = |name: &String| self.compared_name(name);
        names.iter().map(one).collect()
    }

    fn compared_name(&mut self, name: &str) -> String {
        if super::certificates::is_name(name) {
            return self.name(name);
        }
        match self.address(name) {
            Some(address) => address,
            None => self.alternate_name(name),
        }
    }

    pub(super) fn effect(&mut self, effect: StreamEffect) -> StreamEffect {
        let StreamEffect {
            stream,
            replies,
            dropped,
            senders,
            accepted,
            first,
            last,
        } = effect;
        StreamEffect {
            stream: self.stream(&stream),
            replies,
            dropped,
            senders,
            accepted,
            first,
            last,
        }
    }

    pub(super) fn gap(&mut self, gap: LogGap) -> LogGap {
        let LogGap {
            stream,
            first,
            last,
        } = gap;
        LogGap {
            stream: self.stream(&stream),
            first,
            last,
        }
    }

    pub(super) fn inbound_connector(&mut self, row: InboundConnectorRow) -> InboundConnectorRow {
        let InboundConnectorRow {
            name,
            connector_type,
            enabled,
            names,
            addresses,
            when_changed,
        } = row;
        InboundConnectorRow {
            name: self.connector(&name),
            connector_type,
            enabled,
            names: names.map(|names| self.compared(&names)),
            addresses: addresses.map(|addresses| self.sentences(addresses)),
            when_changed,
        }
    }

    pub(super) fn wizard_run(&mut self, run: WizardRun) -> WizardRun {
        let WizardRun {
            local_time,
            settings,
            failed,
            connectors,
            file,
        } = run;
        WizardRun {
            local_time,
            settings,
            failed,
            connectors: connectors.iter().map(|name| self.connector(name)).collect(),
            file: self.file(&file),
        }
    }
}

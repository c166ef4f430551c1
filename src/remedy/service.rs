//! The service that offers the certificate: the transport service, or the front end transport service
//! where the send connector sends through a front end.
//!
//! In: a [`CauseContext`], or what else shows a front end. Out: names and words for steps.
//! Must not decide a cause.

use crate::diagnosis::cause_context::CauseContext;
use crate::language::{Language, sentences};

/// A service that offers a certificate to Exchange Online.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    /// The transport service, which sends by itself.
    Transport,
    /// The front end transport service, which sends for the transport service.
    FrontEnd,
}

impl Service {
    /// The service that offered the certificate of these sessions.
    pub fn offering(context: &CauseContext<'_>) -> Service {
        let key = context.flow.key;
        let stream = context.analysis.streams.get(key.offering_stream());
        let by_name = stream.map_or(Service::Transport, |stream| {
            Service::of_stream(&stream.name)
        });
        if key.front_end.is_some() {
            Service::FrontEnd
        } else {
            by_name
        }
    }

    /// The service that writes a stream of logs, by its name.
    pub fn of_stream(name: &str) -> Service {
        let role = name.rsplit('/').next();
        if role.is_some_and(|role| role.eq_ignore_ascii_case("FrontEnd")) {
            Service::FrontEnd
        } else {
            Service::Transport
        }
    }

    /// The name by which Windows knows it.
    pub fn name(self) -> &'static str {
        match self {
            Service::Transport => "MSExchangeTransport",
            Service::FrontEnd => "MSExchangeFrontEndTransport",
        }
    }

    /// The service in a sentence.
    pub fn words(self, language: Language) -> String {
        match self {
            Service::Transport => transport_service(language),
            Service::FrontEnd => front_end_service(language),
        }
    }

    /// The account that must be able to read the private key.
    pub fn account(self, language: Language) -> String {
        match self {
            Service::Transport => "NETWORK SERVICE".to_owned(),
            Service::FrontEnd => front_end_account(language),
        }
    }
}

sentences! {
    /// The transport service in a sentence.
    fn transport_service() {
        en: "the transport service (MSExchangeTransport)",
        ja: "トランスポート サービス (MSExchangeTransport)" ["7760e02f"],
    }
    /// The front end transport service in a sentence.
    fn front_end_service() {
        en: "the front end transport service (MSExchangeFrontEndTransport)",
        ja: "フロントエンド トランスポート サービス (MSExchangeFrontEndTransport)" ["10e07f59"],
    }
    /// The account of the front end transport service.
    fn front_end_account() {
        en: "the account of MSExchangeFrontEndTransport",
        ja: "MSExchangeFrontEndTransport のアカウント" ["4c4aae12"],
    }
}

//! The sentence that says which of several tenants gets the mail of one certificate.
//!
//! In: inbound connectors of several tenants that match the same certificate. Out: a sentence.
//! Must not decide it; [`crate::attribution::exactness`] does.

use crate::attribution::exactness::{Winner, only_one_competes, winner};
use crate::diagnosis::check_context::Inbound;
use crate::language::{Language, sentences};

/// Which tenant gets the mail.
pub fn sentence(language: Language, connectors: &[Inbound<'_>]) -> String {
    match winner(connectors) {
        Winner::One((tenant, connector)) if only_one_competes(connectors) => {
            only_one(language, &tenant.name, &connector.name)
        }
        Winner::One((tenant, connector)) => most_exact(language, &tenant.name, &connector.name),
        Winner::Equal => equal(language),
        Winner::Nobody => nobody(language),
        Winner::Unknown => unknown(language),
    }
}

sentences! {
    /// Only one of the domains is accepted in its own tenant.
    fn only_one(tenant: &str, connector: &str) {
        en: "Only the domain that '{connector}' names is an accepted domain of its own tenant, so mail with such a certificate goes to {tenant}, whichever tenant the send connector sends to.",
        ja: "自身のテナントの承認済みドメインになっているのは、受信コネクタ「{connector}」が指定するドメインだけです。そのため、送信コネクタの送信先テナントに関係なく、このような証明書のメールは {tenant} に届きます。" ["535a873d"],
    }
    /// One name is the most exact one.
    fn most_exact(tenant: &str, connector: &str) {
        en: "Exchange Online takes the most exact one, so mail with such a certificate goes to {tenant} ('{connector}'), whichever tenant the send connector sends to.",
        ja: "Exchange Online は最も厳密に一致するものを選択します。そのため、送信コネクタの送信先テナントに関係なく、このような証明書のメールは {tenant} (「{connector}」) に届きます。" ["b316aa0a"],
    }
    /// No name is more exact than the other.
    fn equal() {
        en: "They are equally exact, and both domains are accepted in their own tenants. Which tenant gets the mail is then not documented.",
        ja: "一致の厳密さは同じで、どちらのドメインも自身のテナントで承認済みです。この場合にどちらのテナントにメールが届くかは、文書化されていません。" ["e4bd5e87"],
    }
    /// No domain is accepted.
    fn nobody() {
        en: "No domain is an accepted domain of its own tenant, so the sender's domain decides which tenant gets the mail.",
        ja: "どのドメインも自身のテナントの承認済みドメインではないため、どのテナントにメールが届くかは送信者のドメインで決まります。" ["d2a5fe26"],
    }
    /// The exports do not decide it.
    fn unknown() {
        en: "Exchange Online takes the most exact one whose domain its tenant accepts. Which one that is depends on a domain of which the exports do not show whether it is accepted.",
        ja: "Exchange Online は、ドメインが自身のテナントで承認済みのもののうち、最も厳密に一致するものを選択します。どれになるかは、承認済みかどうかがエクスポートからは分からないドメインによって決まります。" ["c3dbc0ae"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::logs::tenant;
    use crate::tenant::Tenant;

    fn of(name: &str, domains: [&str; 2]) -> Tenant {
        let mut tenant = tenant(Some(name), &[], &domains);
        tenant.name = domains[1].to_owned();
        tenant
    }

    #[test]
    fn exactness_is_named_only_where_it_decides() {
        let says = |one: &Tenant, other: &Tenant| {
            sentence(
                Language::English,
                &[(one, &one.connectors[0]), (other, &other.connectors[0])],
            )
        };
        let host = of(
            "mail.contoso.com",
            ["mail.contoso.com", "a.onmicrosoft.com"],
        );
        let wild = of("*.contoso.com", ["contoso.com", "b.onmicrosoft.com"]);
        let none = of("mail.contoso.com", ["fabrikam.com", "c.onmicrosoft.com"]);
        assert!(says(&host, &wild).contains("the most exact one"));
        let alone = says(&wild, &none);
        assert!(
            alone.contains("Only the domain") && !alone.contains("exact"),
            "{alone}"
        );
        assert!(alone.contains("goes to b.onmicrosoft.com"), "{alone}");
        assert!(says(&host, &host.clone()).contains("equally exact"));
        assert!(says(&none, &none.clone()).contains("sender's domain decides"));
    }
}

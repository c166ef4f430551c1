//! The step that makes a domain an accepted domain of a tenant.
//!
//! In: the tenant and the domain. Out: a [`Fix`].
//! Must not decide whether the domain belongs to the organisation.

use crate::diagnosis::fix::{Fix, Where};
use crate::language::{Language, sentences};
use crate::remedy::command::quote;
use crate::tenant::Tenant;

/// Adds the domain to the tenant, or completes what was begun there.
pub fn accept(language: Language, tenant: &Tenant, domain: &str) -> Fix {
    let known = tenant.domains.iter().flatten();
    let mut pending = known.filter(|known| known.pending);
    if pending.any(|known| known.name.eq_ignore_ascii_case(domain)) {
        return Fix::step(&incomplete(language, &tenant.name, domain));
    }
    Fix::command(
        Where::Graph,
        format!("New-MgDomain -BodyParameter @{{Id={}}}", quote(domain)),
        &add(language, &tenant.name, domain),
    )
}

sentences! {
    /// The step where the tenant has the domain, but Microsoft has not completed a change of it.
    fn incomplete(tenant: &str, domain: &str) {
        en: "'{domain}' is in {tenant} already, but a change of it is not complete (PendingCompletion or PendingRemoval). 1. Open the domain in the Microsoft 365 admin center. 2. If it waits for verification, create the DNS record that Microsoft asks for, and verify it. 3. If it is being removed, wait until it is gone, and then add it again.",
        ja: "「{domain}」は {tenant} に既にありますが、変更が完了していません (PendingCompletion または PendingRemoval)。 1. Microsoft 365 管理センターでこのドメインを開きます。 2. 所有権の確認待ちの場合は、Microsoft が求める DNS レコードを作成し、ドメインの所有権を確認します。 3. 削除中の場合は、削除が完了するまで待ち、もう一度追加します。" ["f919aab5"],
    }
    /// The note of the command that adds the domain.
    fn add(tenant: &str, domain: &str) {
        en: "1. Run the command, or add '{domain}' to {tenant} in the Microsoft 365 admin center. 2. Create the DNS record that Microsoft asks for, and verify the domain. It then becomes an accepted domain.",
        ja: "1. コマンドを実行するか、Microsoft 365 管理センターで {tenant} に「{domain}」を追加します。 2. Microsoft が求める DNS レコードを作成し、ドメインの所有権を確認します。その後、このドメインは承認済みドメインになります。" ["55d4f58a"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::logs::contoso;

    #[test]
    fn a_domain_that_is_there_is_not_added_again() {
        let mut tenant = contoso();
        let step = accept(Language::English, &tenant, "fabrikam.com");
        assert!(
            step.command
                .is_some_and(|command| command.contains("New-MgDomain"))
        );
        let domains = tenant.domains.as_mut().expect("domains");
        domains.iter_mut().for_each(|domain| domain.pending = true);
        let step = accept(Language::English, &tenant, "Contoso.com");
        assert_eq!(step.command, None);
        assert!(step.note.contains("not complete"), "{}", step.note);
    }
}

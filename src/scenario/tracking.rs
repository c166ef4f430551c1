//! Rows of message tracking logs, as Exchange 2019 writes them.

use crate::input::bytes::Source;
use crate::input::tracking_file::{Family, TrackingFile};

/// The columns of Exchange 2016 and later.
pub(crate) const FIELDS: &str = "date-time,client-ip,client-hostname,server-ip,server-hostname,source-context,connector-id,source,event-id,internal-message-id,message-id,network-message-id,recipient-address,recipient-status,total-bytes,recipient-count,related-recipient-address,reference,message-subject,sender-address,return-path,message-info,directionality,tenant-id,original-client-ip,original-server-ip,custom-data,transport-traffic-type,log-id,schema-version";

/// The header of a file.
pub(crate) fn header() -> String {
    format!(
        "\u{feff}#Software: Microsoft Exchange Server\r\n#Version: 15.02.1748.010\r\n#Log-type: Message Tracking Log\r\n#Date: 2026-11-18T07:00:00.000Z\r\n#Fields: {FIELDS}\r\n"
    )
}

/// A file with a header and these rows.
pub(crate) fn text(rows: &[&str]) -> String {
    let mut text = header();
    for row in rows {
        text.push_str(row);
        text.push_str("\r\n");
    }
    text
}

/// A file in memory. The folder in its name is its server.
pub(crate) fn file(name: &str, source: Source) -> TrackingFile {
    let server = name.rsplit_once('/').map(|(server, _)| server.into());
    TrackingFile {
        name: name.to_owned(),
        server,
        family: Family::of(name),
        source,
        fields: format!(" {FIELDS}"),
        log_type: "Message Tracking Log".to_owned(),
        headerless: false,
        is_utf16: false,
    }
}

/// The files of the story: the logs of two servers.
pub(crate) fn story() -> Vec<TrackingFile> {
    let held = |rows: &[&str]| Source::Held(text(rows).into_bytes());
    let own = [FAILED, REPORT, DEFERRED, TAKEN, REFUSED, MOVED];
    vec![
        file("EX01/MSGTRK2026111807-1.LOG", held(&own)),
        file("EX01/MSGTRKMD2026111807-1.LOG", held(&[REPORT_DELIVERED])),
        file("EX02/MSGTRK2026111807-1.LOG", held(&[SENT])),
    ]
}

/// A recipient that Exchange Online refused, with the id of the report.
pub(crate) const FAILED: &str = r#"2026-11-18T07:20:00.842Z,10.0.0.5,EX01,192.0.2.36,contoso-com.mail.protection.outlook.com,,Outbound to Office 365,SMTP,FAIL,17387433984,<0efaea714cc2c4b2@EX01.contoso.com>,6f1c0c9e-5a41-4d0b-9b7e-08df2674a1b2,ann@fabrikam.com,[{LED=550 5.7.64 TenantAttribution; Relay Access Denied [AM0PEPF0000012F.eurprd01.prod.outlook.com 2026-11-18T07:20:00.651Z 08DF001ED0DE024D]};{MSG=};{FQDN=contoso-com.mail.protection.outlook.com};{IP=192.0.2.36};{LRT=11/18/2026 7:20:00 AM}],8120,1,,<22954c5f-3b39-468c-b4ad-a699c496db85@EX01.contoso.com>,Offer,bob@contoso.com,bob@contoso.com,2026-11-18T07:19:58.310Z;LSRV=EX01.contoso.com:TOTAL-HUB=2.5|SMS=0.3,Originating,,,,S:IsSmtpResponseFromExternalServer=True;S:AccountForest=contoso.com,Email,7b0c2c55-0d0e-4a39-8a55-08df2674a1b3,15.02.1748.010"#;

/// The report on [`FAILED`].
pub(crate) const REPORT: &str = r#"2026-11-18T07:20:00.901Z,,,,EX01,,,DSN,DSN,17387433990,<22954c5f-3b39-468c-b4ad-a699c496db85@EX01.contoso.com>,0a9d7c11-9d5f-4f0c-8b1e-08df2674a1c0,bob@contoso.com,,12040,1,,<0efaea714cc2c4b2@EX01.contoso.com>,Undeliverable: Offer,MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@contoso.com,<>,,Originating,,,,S:AccountForest=contoso.com,Email,c1d0c0aa-71a7-4f55-9f11-08df2674a1c1,15.02.1748.010"#;

/// The report in the mailbox, from the delivery service.
pub(crate) const REPORT_DELIVERED: &str = r#"2026-11-18T07:20:02.115Z,,EX01,,,08DF3E00890BE9A1;2026-11-18T07:20:01.730Z;ClientSubmitTime:,,STOREDRIVER,DELIVER,17387433990,<22954c5f-3b39-468c-b4ad-a699c496db85@EX01.contoso.com>,0a9d7c11-9d5f-4f0c-8b1e-08df2674a1c0,bob@contoso.com,,14002,1,,,Undeliverable: Offer,MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@contoso.com,<>,2026-11-18T07:20:00.901Z;SRV=EX01.contoso.com:TOTAL-DEL=0.4,Originating,,,,S:AccountForest=contoso.com,Email,54a7f0de-5a3a-4d7f-9b3b-08df2674a1d0,15.02.1748.010"#;

/// A message that Exchange Online deferred.
pub(crate) const DEFERRED: &str = r#"2026-11-18T07:25:11.020Z,10.0.0.5,EX01,192.0.2.36,contoso-com.mail.protection.outlook.com,,Outbound to Office 365,SMTP,DEFER,17387597824,<3a42b9d6ab9ec852@EX01.contoso.com>,91b7d0f3-2c8e-4b60-a0d4-08df26755d11,eve@tailspintoys.com,451 4.4.62 Mail sent to the wrong Office 365 region. ATTR35. For more information please go to https://go.microsoft.com/fwlink/?linkid=865268,5210,1,,,Order 77,bob@contoso.com,bob@contoso.com,2026-11-18T07:40:10.500Z,Originating,,,,S:IsSmtpResponseFromExternalServer=True;S:AccountForest=contoso.com,Email,a0b0c0d0-0001-4000-8000-08df26755d12,15.02.1748.010"#;

/// The same message on its way to another server.
pub(crate) const MOVED: &str = r#"2026-11-18T09:02:40.500Z,10.0.0.5,EX01,10.0.0.6,EX02.contoso.com,";250 2.6.0 <3a42b9d6ab9ec852@EX01.contoso.com> [InternalId=5613522257399, Hostname=EX02.contoso.com] 5999 bytes in 0.102, 57.436 KB/sec Queued mail for delivery;ClientSubmitTime:",Intra-Organization SMTP Send Connector,SMTP,SEND,17387597824,<3a42b9d6ab9ec852@EX01.contoso.com>,91b7d0f3-2c8e-4b60-a0d4-08df26755d11,eve@tailspintoys.com,250 2.1.5 Recipient OK,5210,1,,,Order 77,bob@contoso.com,bob@contoso.com,2026-11-18T07:25:08.000Z;LSRV=EX01.contoso.com:TOTAL-HUB=5852,Originating,,,,S:IsSmtpResponseFromExternalServer=False;S:AccountForest=contoso.com,Email,a0b0c0d0-0002-4000-8000-08df26755d13,15.02.1748.010"#;

/// The same message, sent by the other server.
pub(crate) const SENT: &str = r#"2026-11-18T09:02:43.310Z,10.0.0.6,EX02,192.0.2.36,contoso-com.mail.protection.outlook.com,";250 2.6.0 <3a42b9d6ab9ec852@EX01.contoso.com> [InternalId=5450313518243, Hostname=AS8P193MB0001.EURP193.PROD.OUTLOOK.COM] 7001 bytes in 0.101, 67.689 KB/sec Queued mail for delivery;ClientSubmitTime:",Outbound to Office 365,SMTP,SENDEXTERNAL,5613522257399,<3a42b9d6ab9ec852@EX01.contoso.com>,91b7d0f3-2c8e-4b60-a0d4-08df26755d11,eve@tailspintoys.com,250 2.1.5 Recipient OK,5233,1,,,Order 77,bob@contoso.com,bob@contoso.com,2026-11-18T07:25:08.000Z;SRV=EX01.contoso.com:TOTAL-HUB=5852;LSRV=EX02.contoso.com:TOTAL-HUB=2.8|SMS=0.9,Originating,,,,S:ExternalSendLatency=0.402;S:ToEntity=Internet;S:IsSmtpResponseFromExternalServer=True;S:AccountForest=contoso.com,Email,a0b0c0d0-0003-4000-8000-08df26755d14,15.02.1748.010"#;

/// Two of three recipients were taken.
pub(crate) const TAKEN: &str = r#"2026-11-18T07:41:01.410Z,10.0.0.5,EX01,192.0.2.36,contoso-com.mail.protection.outlook.com,";250 2.6.0 <e109f2fabbc59747@EX01.contoso.com> [InternalId=7619272024915, Hostname=DB9P193MB0002.EURP193.PROD.OUTLOOK.COM] 9111 bytes in 0.120, 74.145 KB/sec Queued mail for delivery;ClientSubmitTime:",Outbound to Office 365,SMTP,SENDEXTERNAL,17992880128,<e109f2fabbc59747@EX01.contoso.com>,b7e2f4a0-66d1-4c0a-9d55-08df2677aa01,carol@contoso.mail.onmicrosoft.com;dan@contoso.mail.onmicrosoft.com,250 2.1.5 Recipient OK;250 2.1.5 Recipient OK,7300,2,,,"Minutes, part 2",bob@contoso.com,bob@contoso.com,2026-11-18T07:40:59.100Z;LSRV=EX01.contoso.com:TOTAL-HUB=2.3,Originating,,,,S:IsSmtpResponseFromExternalServer=True;S:AccountForest=contoso.com,Email,a0b0c0d0-0004-4000-8000-08df2677aa02,15.02.1748.010"#;

/// The third one was refused.
pub(crate) const REFUSED: &str = r#"2026-11-18T07:41:01.412Z,10.0.0.5,EX01,192.0.2.36,contoso-com.mail.protection.outlook.com,,Outbound to Office 365,SMTP,FAIL,17992880128,<e109f2fabbc59747@EX01.contoso.com>,b7e2f4a0-66d1-4c0a-9d55-08df2677aa01,ann@fabrikam.com,[{LED=550 5.7.64 TenantAttribution; Relay Access Denied [DB3PEPF00008860.eurprd02.prod.outlook.com 2026-11-18T07:41:01.002Z 08DFE4F85002CEDF]};{MSG=};{FQDN=contoso-com.mail.protection.outlook.com};{IP=192.0.2.36};{LRT=11/18/2026 7:41:01 AM}],7300,1,,<d0b4c7a1-2e5f-4d8a-bb10-5c1e0a9f7733@EX01.contoso.com>,"Minutes, part 2",bob@contoso.com,bob@contoso.com,2026-11-18T07:40:59.100Z;LSRV=EX01.contoso.com:TOTAL-HUB=2.3,Originating,,,,S:IsSmtpResponseFromExternalServer=True;S:AccountForest=contoso.com,Email,a0b0c0d0-0005-4000-8000-08df2677aa03,15.02.1748.010"#;

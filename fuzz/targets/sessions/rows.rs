//! What the made-up logs are made of. The fuzzer names a row by its number.

/// The ids: two usual ones, one of another length, and the hub of the front end below.
pub(crate) const IDS: [&str; 4] = [
    "08DE1A2B3C4D5E6F",
    "08DE1A2B3C4D5E70",
    "redacted",
    "08DE1A2B3C4D5E71",
];

pub(crate) const CONNECTORS: [&str; 4] = ["To cloud", "To, cloud", "Outbound", ""];

/// Header lines, and the columns of each by their places in Exchange's own layout.
pub(crate) const LAYOUTS: [(&str, &[usize]); 4] = [
    (
        "#Fields: date-time,connector-id,session-id,sequence-number,local-endpoint,remote-endpoint,event,data,context\n",
        &[0, 1, 2, 3, 4, 5, 6, 7, 8],
    ),
    (
        "#Fields: connector-id,session-id,sequence-number,local-endpoint,remote-endpoint,event,data,context\n",
        &[1, 2, 3, 4, 5, 6, 7, 8],
    ),
    (
        "#Fields: date-time,connector-id,session-id,local-endpoint,remote-endpoint,event,data,context\n",
        &[0, 1, 2, 4, 5, 6, 7, 8],
    ),
    (
        "#Fields: session-id,date-time,connector-id,sequence-number,local-endpoint,remote-endpoint,event,data,context\n",
        &[2, 0, 1, 3, 4, 5, 6, 7, 8],
    ),
];

const NAMES: &str =
    "Subject Issuer name Serial number Thumbprint Not before Not after Subject alternate names";
const OURS: &str = "Sending certificate Subject Issuer name Serial number Thumbprint Not before Not after Subject alternate names";
const THEIRS: &str = "Remote certificate Subject Issuer name Serial number Thumbprint Not before Not after Subject alternate names";

/// Event, data and context.
pub(crate) const ROWS: &[(char, &str, &str)] = &[
    ('*', "SendRoutingHeaders", "Set Session Permissions"),
    ('*', "", "attempting to connect"),
    ('+', "", ""),
    ('-', "", "Local"),
    ('-', "", "Remote"),
    ('-', "", "Remote(ConnectionReset)"),
    (
        '<',
        "220 AM0.mail.protection.outlook.com Microsoft ESMTP MAIL Service ready",
        "",
    ),
    ('<', "220 mx.example.org ESMTP", ""),
    ('<', "220 ****************", ""),
    ('>', "EHLO mail.contoso.com", ""),
    (
        '<',
        "250  AM0.mail.protection.outlook.com Hello [203.0.113.7] SIZE 157286400 PIPELINING STARTTLS CHUNKING",
        "",
    ),
    (
        '<',
        "250-AM0.mail.protection.outlook.com Hello [203.0.113.8]",
        "",
    ),
    ('<', "250-STARTTLS", ""),
    ('<', "250 XXXXXXXA", ""),
    ('<', "250 SMTPUTF8", ""),
    ('>', "HELO mail.contoso.com", ""),
    ('>', "STARTTLS", ""),
    ('<', "220 2.0.0 SMTP server ready", ""),
    ('*', "", "Sending certificate"),
    (
        '*',
        "CN=mail.contoso.com, O=Contoso, C=NO",
        "Certificate subject",
    ),
    (
        '*',
        "CN=Example CA, O=Example, C=US",
        "Certificate issuer name",
    ),
    (
        '*',
        "0D92CFF6070B73AD5722EC8B4DA3389B",
        "Certificate serial number",
    ),
    (
        '*',
        "AAA3D3DADA6891A2CCB3134D0B2D7764F1351BC4",
        "Certificate thumbprint",
    ),
    (
        '*',
        "mail.contoso.com;autodiscover.contoso.com",
        "Certificate alternate names",
    ),
    (
        '*',
        " CN=mail.contoso.com CN=R3, O=Let's Encrypt, C=US 0404C0 EC5A76488FE0A501C5FC28EC845E443889BA16E2 2026-08-12T10:39:24.000Z 2026-11-10T09:39:23.000Z mail.contoso.com",
        OURS,
    ),
    (
        '*',
        " CN=mail.contoso.com CN=R3, O=Let's Encrypt, C=US 0404C1 EC5A76488FE0A501C5FC28EC845E443889BA16E3 2026-08-12T10:39:24.000Z 2027-11-10T09:39:23.000Z mail.contoso.com;contoso.com",
        OURS,
    ),
    ('*', " nothing that can be read", OURS),
    (
        '*',
        " CN=mail.protection.outlook.com CN=DigiCert Cloud Services CA-1, O=DigiCert Inc, C=US 0A EC5A76488FE0A501C5FC28EC845E443889BA16E4 2026-08-12T10:39:24.000Z 2027-11-10T09:39:23.000Z mail.protection.outlook.com",
        THEIRS,
    ),
    ('*', "", "Remote certificate"),
    ('*', "", "Received certificate"),
    ('*', "", NAMES),
    (
        '*',
        "",
        "TLS protocol SP_PROT_TLS1_2_CLIENT negotiation succeeded using bulk encryption algorithm CALG_AES_256 with strength 256 bits",
    ),
    ('*', "", "TLS negotiation failed with error NoCredentials"),
    ('*', "", "TLS negotiation failed with error SocketError"),
    (
        '*',
        "",
        "Outbound TLS authentication failed for auth level DomainValidation with error UntrustedRoot",
    ),
    ('*', "UntrustedRoot", "Chain validation status"),
    (
        '*',
        "",
        "Failed to connect. Winsock error code: 10060, Win32 error code: 10060",
    ),
    (
        '*',
        "",
        "attempting to connect. Outbound proxy from EX01.contoso.local with session id 08DE1A2B3C4D5E71. more",
    ),
    (
        '*',
        "",
        "Proxying inbound session with session id 08DE1A2B3C4D5E71",
    ),
    (
        '*',
        "",
        "This session is now being proxied through the next hop. The actual connector being used is: To cloud",
    ),
    (
        '>',
        "XPROXYTO PORT=25 DESTINATIONS=contoso-com.mail.protection.outlook.com",
        "",
    ),
    ('<', "250 XProxyTo accepted", ""),
    (
        '*',
        "1",
        "sending message with RecordId 1 and InternetMessageId <a@contoso.com>",
    ),
    ('>', "MAIL FROM:<a@contoso.com> SIZE=100", ""),
    ('>', "MAIL FROM:<b@fabrikam.com> XOORG=contoso.com", ""),
    ('>', "MAIL FROM:<>", ""),
    ('<', "250 2.1.0 Sender OK", ""),
    ('>', "RCPT TO:<someone@example.org>", ""),
    ('<', "250 2.1.5 Recipient OK", ""),
    ('>', "BDAT 100 LAST", ""),
    ('>', "DATA", ""),
    ('<', "354 Start mail input; end with <CRLF>.<CRLF>", ""),
    (
        '<',
        "250 2.6.0 <a@contoso.com> [InternalId=1, Hostname=AM0.prod.outlook.com] 100 bytes in 0.1, 1 KB/sec Queued mail for delivery",
        "",
    ),
    (
        '<',
        "550 5.7.64 TenantAttribution; Relay Access Denied [AM0.eurprd01.prod.outlook.com]",
        "",
    ),
    (
        '<',
        "550 5.7.64 Relay Access Denied ATTR36. For more details",
        "",
    ),
    (
        '<',
        "451 4.4.62 Mail sent to the wrong Office 365 region. ATTR35",
        "",
    ),
    ('<', "550-5.7.51 TenantInboundAttribution;", ""),
    ('<', "550 5.7.51 Rejecting", ""),
    ('<', "451 5.7.3 STARTTLS is required to send mail", ""),
    ('<', "550 5.1.10 no such recipient", ""),
    ('<', "421 4.3.2 Service not available", ""),
    ('>', "RSET", ""),
    ('<', "250 2.0.0 Resetting", ""),
    ('>', "QUIT", ""),
    ('<', "221 2.0.0 Service closing transmission channel", ""),
];

# Runs the script of `sendlens collect` against cmdlets that are played here, in the forms in which
# real sessions give their objects. Called by collect.rs where a PowerShell is installed.
#
# Play: both, online, failing, imported or nothing. LogFolder holds SERVER\ROLE folders with send logs; Data
# is the folder with the expected files, from which certificates are taken.
param([string] $Script, [string] $OutputFolder, [string] $LogFolder, [string] $Data, [string] $Play)

# An object as remoting leaves it: properties of a dead type, whose text is what ToString gave.
function New-Dead {
    param([string] $Text, [hashtable] $Field = @{})
    $dead = New-Object -TypeName PSObject -Property $Field
    $dead | Add-Member -MemberType ScriptMethod -Name ToString -Value ([scriptblock]::Create("'" + $Text.Replace("'", "''") + "'")) -Force
    $dead
}

# Enumerations as Exchange has them, and what remoting leaves of one: a number that carries its text. The
# numbers are invented.
Add-Type -TypeDefinition @'
namespace Played {
    public enum ConnectorType { Partner, OnPremises }
    public enum ConnectorSource { Default, AdminUI, HybridWizard }
    public enum DomainType { Authoritative, ExternalRelay, InternalRelay }
    public enum TlsAuthLevel { EncryptionOnly = 1, CertificateValidation, DomainValidation }
    public enum ProtocolLoggingLevel { None, Verbose }
    public enum CertificateStatus { Unknown, Valid }
    public enum RootCAType { None, ThirdParty, Enterprise }
    [System.Flags] public enum Services { None = 0, IMAP = 1, POP = 2, UM = 4, IIS = 8, SMTP = 16 }
    public enum QueueStatus { None, Active, Ready, Retry, Suspended }
    public enum DeliveryType { Undefined, DnsConnectorDelivery, SmartHostConnectorDelivery }
    [System.Flags] public enum ServerRole { None = 0, Mailbox = 2, ClientAccess = 4, Edge = 64 }
}
'@

function New-DeadEnumeration {
    param([object] $Value)
    [System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize($Value, 2))
}

function New-DeadList {
    param([string[]] $Text = @())
    $list = New-Object -TypeName System.Collections.ArrayList
    foreach ($one in $Text) { [void] $list.Add((New-Dead $one @{ Length = 1 })) }
    , $list
}

function New-Utc {
    param([string] $Text)
    [datetime]::Parse($Text, [cultureinfo]::InvariantCulture, [System.Globalization.DateTimeStyles]::RoundtripKind)
}

if ($Play -eq 'both' -or $Play -eq 'online' -or $Play -eq 'failing' -or $Play -eq 'imported') {
    function global:Get-InboundConnector {
        [CmdletBinding()] param()
        if ($Play -eq 'failing') { return }
        New-Object -TypeName PSObject -Property @{
            Name = 'Inbound from contoso'; Identity = 'Inbound from contoso'; Enabled = $true
            Guid = [guid] 'c3fda115-e413-4184-b3eb-1d76c43bb45d'
            ConnectorType = (New-DeadEnumeration ([Played.ConnectorType]::OnPremises))
            ConnectorSource = (New-DeadEnumeration ([Played.ConnectorSource]::HybridWizard))
            TlsSenderCertificateName = (New-Dead 'mail.contoso.com'); SenderIPAddresses = @()
            SenderDomains = 'smtp:*;1'; AssociatedAcceptedDomains = $null; RequireTls = $true
            RestrictDomainsToCertificate = $false; RestrictDomainsToIPAddresses = $false
            CloudServicesMailEnabled = $true; TreatMessagesAsInternal = $false; TestMode = $false
            # As the REST cmdlets give it: the zone is only in the name.
            WhenChangedUTC = [datetime] '2026-08-21T08:02:11'; Comment = 'not wanted'
        }
    }
    function global:Get-AcceptedDomain {
        [CmdletBinding()] param()
        foreach ($name in 'contoso.com', 'contoso.mail.onmicrosoft.com', 'contoso.onmicrosoft.com') {
            New-Object -TypeName PSObject -Property @{
                Name = $name; Identity = $name; DomainName = (New-Dead $name @{ Domain = $name })
                DomainType = (New-DeadEnumeration ([Played.DomainType]::Authoritative)); MatchSubDomains = $false; Default = ($name -eq 'contoso.com')
                InitialDomain = ($name -eq 'contoso.onmicrosoft.com'); AuthenticationType = 'Managed'
                PendingRemoval = $false; PendingCompletion = $false
                OriginatingServer = 'AM0PR01A001DC01.EURPR01A001.prod.outlook.com'
                WhenChangedUTC = (New-Utc '2024-02-01T10:00:00Z')
            }
        }
    }
}

if ($Play -eq 'both' -or $Play -eq 'failing' -or $Play -eq 'imported') {
    function global:Get-ExchangeServer {
        [CmdletBinding()] param()
        New-Object -TypeName PSObject -Property @{ Name = 'EX01'; Fqdn = 'EX01.contoso.com'; ServerRole = (New-DeadEnumeration ([Played.ServerRole] 'Mailbox, ClientAccess')) }
        New-Object -TypeName PSObject -Property @{ Name = 'EX02'; Fqdn = 'EX02.contoso.com'; ServerRole = (New-DeadEnumeration ([Played.ServerRole]::Mailbox)) }
        if ($Play -eq 'failing') {
            New-Object -TypeName PSObject -Property @{ Name = 'EDGE01'; Fqdn = 'edge01.contoso.com'; ServerRole = (New-DeadEnumeration ([Played.ServerRole]::Edge)) }
        }
    }
    function global:Get-SendConnector {
        [CmdletBinding()] param()
        if ($Play -eq 'failing') { return }
        $common = @{
            Enabled = $true; TlsAuthLevel = $null; IgnoreSTARTTLS = $false; ForceHELO = $false
            FrontendProxyEnabled = $false; DNSRoutingEnabled = $false; ErrorPolicies = 'Default'; AuthenticationCredential = 'not wanted'
            WhenChangedUTC = (New-Utc '2026-03-02T09:12:44Z').ToLocalTime()
        }
        New-Object -TypeName PSObject -Property ($common + @{
            Name = 'To the archive'; Identity = 'To the archive'; Guid = [guid] '5650bd08-fcf1-45a8-ad6e-c31214857c45'; SmartHosts = (New-DeadList '[10.0.0.40]')
            AddressSpaces = (New-DeadList 'smtp:archive.contoso.com;1'); SourceTransportServers = (New-DeadList 'EX01')
            Fqdn = $null; TlsCertificateName = $null; TlsDomain = $null; RequireTLS = $false
            ProtocolLoggingLevel = (New-DeadEnumeration ([Played.ProtocolLoggingLevel]::None)); CloudServicesMailEnabled = $false
        })
        $common.Remove('TlsAuthLevel')
        New-Object -TypeName PSObject -Property ($common + @{
            Name = 'Outbound to Office 365'; Identity = 'Outbound to Office 365'
            Guid = [guid] 'fd96793c-ff84-493f-a380-552c06f95e14'
            SmartHosts = (New-DeadList 'contoso-com.mail.protection.outlook.com')
            AddressSpaces = (New-DeadList 'smtp:*;1'); SourceTransportServers = (New-DeadList 'EX01', 'EX02')
            Fqdn = (New-Dead 'mail.contoso.com' @{ Domain = 'mail.contoso.com' })
            TlsCertificateName = (New-Dead '<I>CN=Example CA, O=Example, C=US<S>CN=mail.contoso.com, O=Contoso, C=US')
            TlsDomain = 'mail.protection.outlook.com'; TlsAuthLevel = (New-DeadEnumeration ([Played.TlsAuthLevel]::DomainValidation)); RequireTLS = $true
            ProtocolLoggingLevel = (New-DeadEnumeration ([Played.ProtocolLoggingLevel]::Verbose)); CloudServicesMailEnabled = $true
        })
    }
    function global:Get-ExchangeCertificate {
        [CmdletBinding()] param([string] $Server)
        if ($Play -eq 'failing' -and $Server -eq 'EX02') { throw "The RPC server`r`nis unavailable." }
        $path = [System.IO.Path]::Combine($Data, 'on-premises', $Server, 'ExchangeCertificate.json')
        foreach ($one in [System.IO.File]::ReadAllText($path) | ConvertFrom-Json) {
            $bytes = [byte[]] [System.Convert]::FromBase64String($one.RawData)
            $read = New-Object -TypeName System.Security.Cryptography.X509Certificates.X509Certificate2 -ArgumentList (, $bytes)
            if ($Play -eq 'imported') {
                # Made anew from its public bytes.
                $read
                continue
            }
            New-Object -TypeName PSObject -Property @{
                Thumbprint = $read.Thumbprint; Subject = $read.Subject; Issuer = $read.Issuer; SerialNumber = $read.SerialNumber
                NotBefore = $read.NotBefore; NotAfter = $read.NotAfter; CertificateDomains = (New-DeadList $one.CertificateDomains)
                Services = (New-DeadEnumeration ([Played.Services] $one.Services))
                Status = (New-DeadEnumeration ([Played.CertificateStatus]::Valid))
                RootCAType = (New-DeadEnumeration ([Played.RootCAType] $one.RootCAType)); HasPrivateKey = $true
                IsSelfSigned = $false; RawData = $bytes; PrivateKey = 'not wanted'
            }
        }
    }
    function global:Get-Queue {
        [CmdletBinding()] param([string] $Server, [string] $ResultSize)
        if ($Play -eq 'failing' -and $Server -eq 'EX02') { throw "The RPC server`r`nis unavailable." }
        New-Object -TypeName PSObject -Property @{
            Identity = (New-Dead ($Server + '\41') @{ Type = 'Delivery'; RowId = 41; Server = $Server })
            QueueIdentity = (New-Dead ($Server + '\41') @{ Type = 'Delivery'; RowId = 41; Server = $Server })
            DeliveryType = (New-DeadEnumeration ([Played.DeliveryType]::SmartHostConnectorDelivery))
            NextHopDomain = 'contoso-com.mail.protection.outlook.com'; NextHopCategory = 'External'
            NextHopConnector = [guid] 'fd96793c-ff84-493f-a380-552c06f95e14'; TlsDomain = 'mail.protection.outlook.com'
            Status = (New-DeadEnumeration ([Played.QueueStatus]::Ready)); MessageCount = 1; DeferredMessageCount = 0
            LastError = ''; RetryCount = 0; FirstRetryTime = $null; LastRetryTime = $null; NextRetryTime = $null
            OverrideSource = 'not wanted'
        }
    }
    function global:Get-Message {
        [CmdletBinding()] param([string] $Server, [string] $ResultSize, [switch] $IncludeRecipientInfo)
        if ($Play -eq 'failing' -and $Server -eq 'EX02') { throw "The RPC server`r`nis unavailable." }
        $recipients = New-Object -TypeName System.Collections.ArrayList
        if ($IncludeRecipientInfo) {
            [void] $recipients.Add((New-Dead 'kim@contoso.mail.onmicrosoft.com;Ready;;;' @{
                Address = 'kim@contoso.mail.onmicrosoft.com'; Type = 0; FinalDestination = $null; Status = 'Ready'; LastError = ''
            }))
        }
        New-Object -TypeName PSObject -Property @{
            Identity = (New-Dead ($Server + '\41\8237109272601') @{ InternalId = 8237109272601 })
            Queue = (New-Dead ($Server + '\41') @{ Type = 'Delivery'; RowId = 41; Server = $Server })
            Subject = 'not wanted'; InternetMessageId = ('<7a1c03b9e2@{0}.contoso.com>' -f $Server)
            FromAddress = 'orders@contoso.com'; Status = (New-DeadEnumeration ([Played.QueueStatus]::Ready))
            Size = (New-Dead '5.21 KB (5,335 bytes)'); MessageSourceName = ('SMTP:Default {0}' -f $Server)
            DateReceived = (New-Utc '2026-11-11T11:59:58Z').ToLocalTime(); ExpirationTime = (New-Utc '2026-11-13T11:59:58Z')
            LastError = ''; RetryCount = 0; DeferReason = 'None'; Recipients = $recipients
        }
    }
    function global:Get-Place {
        param([string] $Name, [string] $Role)
        $path = [System.IO.Path]::Combine($LogFolder, $Name, $Role)
        # So that a drive letter is not taken for one of the other server.
        if ($path -match '^[A-Za-z]:') { $path = '\\?\' + $path }
        $field = @{
            SendProtocolLogPath = (New-Dead $path); SendProtocolLogMaxAge = [timespan] '30.00:00:00'
            SendProtocolLogMaxDirectorySize = '250 MB (262,144,000 bytes)'; IntraOrgConnectorProtocolLoggingLevel = 'None'
        }
        if ($Role -eq 'Hub') {
            $server = $path.Substring(0, $path.Length - 3)
            $field['QueueLogPath'] = (New-Dead ($server + 'QueueViewer'))
            $field['MessageTrackingLogPath'] = (New-Dead ($server + 'MessageTracking'))
            $field['MessageTrackingLogEnabled'] = $true
            $field['MessageTrackingLogMaxAge'] = [timespan] '30.00:00:00'
        }
        New-Object -TypeName PSObject -Property $field
    }
    function global:Get-TransportService {
        [CmdletBinding()] param([string] $Identity)
        Get-Place $Identity 'Hub'
    }
    function global:Get-FrontendTransportService {
        [CmdletBinding()] param([string] $Identity)
        Get-Place $Identity 'FrontEnd'
    }
    function global:Get-MailboxTransportService {
        [CmdletBinding()] param([string] $Identity)
        Get-Place $Identity 'Mailbox'
    }
}

$global:LASTEXITCODE = 0
if ($Play -eq 'both') {
    & $Script -OutputFolder $OutputFolder -CopyLogs -Since '2026-11-10' -Zip
} elseif ($Play -eq 'imported') {
    & $Script -OutputFolder $OutputFolder -CopyTrackingLogs -Since '2026-11-10'
} else {
    & $Script -OutputFolder $OutputFolder
}
exit $global:LASTEXITCODE

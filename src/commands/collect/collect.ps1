<#
.SYNOPSIS
Exports what sendlens needs from Exchange Online and from the local Exchange to one folder.

.DESCRIPTION
Printed by: sendlens collect (version SENDLENS_VERSION)

This script runs in Windows PowerShell 5.1 and in PowerShell 7. It exports from what the current
window is connected to: Exchange Online (Connect-ExchangeOnline), the Exchange Management Shell, or
both. If only one is connected, the script shows how to run it in the other one with the same
folder. If you have several tenants, connect to one after the other and run the script each time.

The script changes nothing. It calls only Get- cmdlets and writes only to the output folder and, with
-Zip, to the archive beside it. It reads no passwords and no private keys. If something cannot be
exported, it writes a warning and continues.

    OutputFolder\summary.txt                                         what each run did
    OutputFolder\tenants\TENANT\InboundConnector.json                Exchange Online
    OutputFolder\tenants\TENANT\AcceptedDomain.json
    OutputFolder\on-premises\SendConnector.json                      the local Exchange
    OutputFolder\on-premises\LogPaths.json
    OutputFolder\on-premises\SERVER\ExchangeCertificate.json
    OutputFolder\on-premises\SERVER\Queue.json                      the queues of the server
    OutputFolder\on-premises\SERVER\QueuedMessage.json              the messages in them, without subjects
    OutputFolder\logs\SERVER\Logs\ROLE\ProtocolLog\SmtpSend\*.LOG    with -CopyLogs
    OutputFolder\logs\SERVER\Logs\ROLE\QueueViewer\*                with -CopyLogs
    OutputFolder\logs\SERVER\Logs\MessageTracking\*.LOG            with -CopyTrackingLogs
    OutputFolder\hybrid-wizard\COMPUTER\*.log                        with -CopyWizardLogs
    OutputFolder.zip                                                 all of it, with -Zip

Then: sendlens diagnose OutputFolder

The exit code is 1 if nothing was collected.

An Edge Transport server cannot be queried from another server. Run the script in its own Exchange
Management Shell, and copy its folder into this one. Its files have their own names and overwrite no
other files.

.PARAMETER OutputFolder
The folder to write to. The default is the folder sendlens-export in your Documents.

.PARAMETER Tenant
The name of the tenant's folder. The default is its initial domain, such as
contoso.onmicrosoft.com.

.PARAMETER Prefix
The prefix that you gave to Connect-ExchangeOnline -Prefix, if any.

.PARAMETER Server
Export only these servers of the local Exchange. The default is all servers.

.PARAMETER CopyLogs
Copy the send protocol logs of the roles Hub, FrontEnd and Edge. Logs of other servers are copied
from their administrative shares (such as \\EX01\C$). You need administrator rights there.

The logs of the queues, which Exchange writes by itself since version 2013, are copied too.

.PARAMETER CopyTrackingLogs
Copy the message tracking logs. They contain personal data: who wrote to whom, when, and with which
subject. Copy them only for as many days as you need, and tell those who are responsible for data
protection.

.PARAMETER Since
Copy only logs with rows since this time, in the time zone of this computer.

.PARAMETER Days
Copy only logs with rows of this number of days before now.

.PARAMETER Until
Copy only logs with rows until this time, in the time zone of this computer. A date without a time
means the end of that day.

.PARAMETER CopyWizardLogs
Copy the logs of the Hybrid Configuration Wizard that you ran on this computer. They contain more
about your organisation than the other files. Read them before you pass them on.

.PARAMETER Zip
Also write everything that is in the output folder to one archive beside it, to carry it to another
computer. The archive of an earlier run is replaced. Use it in the last run.

.EXAMPLE
.\collect.ps1 -OutputFolder C:\Temp\case

.EXAMPLE
.\collect.ps1 -OutputFolder C:\Temp\case -CopyLogs -Days 14 -Zip
#>
#Requires -Version 3.0
[CmdletBinding()]
param(
    [string] $OutputFolder = '',
    [string] $Tenant = '',
    [string] $Prefix = '',
    [string[]] $Server = @(),
    [switch] $CopyLogs,
    [switch] $CopyTrackingLogs,
    [datetime] $Since,
    [ValidateRange(1, 36500)]
    [int] $Days,
    [datetime] $Until,
    [switch] $CopyWizardLogs,
    [switch] $Zip
)

# Where AppLocker or WDAC restricts scripts, types cannot be used. This is asked before the first one is.
if ($ExecutionContext.SessionState.LanguageMode -ne 'FullLanguage') {
    Write-Warning ('Scripts are restricted on this computer ({0}, set by AppLocker or WDAC), so this one cannot run here: export by hand with ConvertTo-Json -InputObject @(Get-{1}InboundConnector) -Depth 5 | Set-Content -Encoding utf8 InboundConnector.json, and the same with Get-{1}AcceptedDomain, Get-SendConnector and Get-ExchangeCertificate.' -f $ExecutionContext.SessionState.LanguageMode, $Prefix)
    if ("$PSCommandPath" -ne '') { exit 1 }
    return
}

Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'

# The fields to export of each object. No other field is exported, so nothing secret can be.
$InboundConnectorFields = @(
    'Name', 'Identity', 'Guid', 'Enabled', 'ConnectorType', 'ConnectorSource', 'TlsSenderCertificateName',
    'SenderIPAddresses', 'SenderDomains', 'AssociatedAcceptedDomains', 'RequireTls',
    'RestrictDomainsToCertificate', 'RestrictDomainsToIPAddresses', 'CloudServicesMailEnabled',
    'TreatMessagesAsInternal', 'TestMode', 'WhenChangedUTC')
$AcceptedDomainFields = @(
    'Name', 'Identity', 'DomainName', 'DomainType', 'MatchSubDomains', 'Default', 'InitialDomain',
    'AuthenticationType', 'PendingRemoval', 'PendingCompletion', 'OriginatingServer',
    'WhenChangedUTC')
$SendConnectorFields = @(
    'Name', 'Identity', 'Guid', 'Enabled', 'SmartHosts', 'AddressSpaces', 'SourceTransportServers', 'Fqdn',
    'TlsCertificateName', 'TlsDomain', 'TlsAuthLevel', 'RequireTLS', 'IgnoreSTARTTLS', 'ForceHELO',
    'ProtocolLoggingLevel', 'FrontendProxyEnabled', 'CloudServicesMailEnabled',
    'DNSRoutingEnabled', 'ErrorPolicies', 'WhenChangedUTC')
$CertificateFields = @(
    'Thumbprint', 'Subject', 'Issuer', 'SerialNumber', 'NotBefore', 'NotAfter',
    'CertificateDomains', 'Services', 'Status', 'RootCAType', 'HasPrivateKey', 'IsSelfSigned',
    'RawData')
# No subject is exported.
$QueueFields = @(
    'Identity', 'QueueIdentity', 'DeliveryType', 'NextHopDomain', 'NextHopCategory', 'NextHopConnector',
    'TlsDomain', 'Status', 'MessageCount', 'DeferredMessageCount', 'LastError', 'RetryCount',
    'FirstRetryTime', 'LastRetryTime', 'NextRetryTime')
$QueuedMessageFields = @(
    'Identity', 'Queue', 'InternetMessageId', 'FromAddress', 'Status', 'Size', 'MessageSourceName',
    'DateReceived', 'ExpirationTime', 'LastError', 'RetryCount', 'DeferReason', 'Recipients')
$RecipientFields = @('Address', 'Status', 'LastError')
$LogPathFields = @(
    'SendProtocolLogPath', 'SendProtocolLogMaxAge', 'SendProtocolLogMaxDirectorySize',
    'IntraOrgConnectorProtocolLoggingLevel', 'QueueLogPath', 'MessageTrackingLogPath',
    'MessageTrackingLogEnabled', 'MessageTrackingLogMaxAge')
# These fields are written as lists even if they contain one value or none.
$ListFields = @(
    'SenderIPAddresses', 'SenderDomains', 'AssociatedAcceptedDomains', 'SmartHosts',
    'AddressSpaces', 'SourceTransportServers', 'CertificateDomains')

# SENDLENS_SHARED
$Collected = New-Object -TypeName 'System.Collections.Generic.List[string]'
$LogPathRows = New-Object -TypeName 'System.Collections.Generic.List[object]'

function ConvertTo-QuotedText {
    param([string] $Text)
    # PowerShell ends a text at a typographic quote too.
    "'" + ($Text -replace "['\u2018\u2019\u201A\u201B]", '$0$0') + "'"
}

# Returns a recipient of a queued message: an object with its status, or the text that stands for it.
function ConvertTo-Recipient {
    param([object] $Recipient)
    if ($null -eq $Recipient) { return }
    if ($null -eq $Recipient.PSObject.Properties['Address']) { return Get-Text $Recipient }
    ConvertTo-Row $Recipient $RecipientFields
}

# Returns an object with the given fields. Each value has a form that every version of ConvertTo-Json
# keeps. A field that the object does not have is left out, because unknown is not the same as empty.
function ConvertTo-Row {
    param([object] $InputObject, [string[]] $Field, [string] $ServerName = '')
    $row = [ordered]@{}
    if ($ServerName -ne '') { $row['Server'] = $ServerName }
    foreach ($name in $Field) {
        $property = $InputObject.PSObject.Properties[$name]
        if ($null -eq $property) { continue }
        try { $value = $property.Value } catch { continue }
        if ($name -eq 'Recipients') {
            # Without a recipient the field says nothing.
            $recipients = @(foreach ($one in @($value)) { ConvertTo-Recipient $one })
            if ($recipients.Count -gt 0) { $row[$name] = $recipients }
        } elseif ($ListFields -contains $name) {
            $texts = New-Object -TypeName 'System.Collections.Generic.List[string]'
            foreach ($element in @($value)) {
                $text = Get-Text $element
                if ($text -ne '') { $texts.Add($text) }
            }
            $row[$name] = $texts.ToArray()
        } elseif ($null -eq $value) {
            $row[$name] = $null
        } elseif ($value -is [bool]) {
            $row[$name] = [bool] $value
        } elseif ($value -is [datetime]) {
            $time = [datetime] $value
            if ($time.Kind -eq [System.DateTimeKind]::Unspecified) {
                # Only the name of the field shows the time zone.
                if ($name -notlike '*UTC') { continue }
                $time = [datetime]::SpecifyKind($time, [System.DateTimeKind]::Utc)
            }
            $row[$name] = $time.ToUniversalTime().ToString('o', $Invariant)
        } elseif ($name -eq 'RawData') {
            # The certificate itself. It is public: the server shows it to everyone it sends mail to.
            try { $row[$name] = [System.Convert]::ToBase64String([byte[]] @($value)) } catch { continue }
        } elseif ($value -is [System.Collections.ICollection]) {
            $row[$name] = @($value | ForEach-Object { Get-Text $_ }) -join ', '
        } else {
            # Enumerations and Exchange's own types are written as text.
            $row[$name] = Get-Text $value
        }
    }
    [pscustomobject] $row
}

# If this window imported a session of Exchange, PowerShell makes every certificate anew from its public
# bytes. It then has no services and no status, and seems to lack its private key.
function Test-Rebuilt {
    param([object] $Certificate)
    $null -eq $Certificate.PSObject.Properties['Services']
}

# Converts row by row, because ConvertTo-Json writes one row without brackets, and nothing for no
# rows.
function Write-Export {
    param([string] $Path, [object[]] $Row = @(), [string] $Label)
    try {
        [void] [System.IO.Directory]::CreateDirectory([System.IO.Path]::GetDirectoryName($Path))
        $documents = @(foreach ($one in $Row) { ConvertTo-Json -InputObject $one -Depth 5 })
        $text = '[]'
        if ($documents.Count -gt 0) {
            $text = "[`r`n" + ($documents -join ",`r`n") + "`r`n]"
        }
        [System.IO.File]::WriteAllText($Path, $text + "`r`n", $Utf8)
        $Collected.Add($Path)
        Write-Note ('{0}: {1} -> {2}' -f $Label, $documents.Count, $Path)
    } catch {
        Write-Problem ('{0} could not be written to {1}: {2}' -f $Label, $Path, (Get-ErrorText $_))
    }
}

# If both sides are connected in one window, both have a Get-AcceptedDomain. Returns the one of the
# same module as the given command.
function Get-SisterCommand {
    param([string] $Name, [object] $Of)
    Get-Command -Name $Name -All -ErrorAction SilentlyContinue |
        Where-Object { $_.ModuleName -eq $Of.ModuleName } |
        Select-Object -First 1
}

function Get-TenantFolderName {
    param([object[]] $Domain = @(), [object] $Connected)
    if ($Tenant -ne '') { return ConvertTo-FolderName $Tenant }
    $initial = '^[^.]+\.(onmicrosoft\.(com|us|de)|partner\.onmschina\.cn)$'
    foreach ($one in $Domain) {
        $name = Get-FieldText $one 'DomainName'
        if ($name -match $initial -and (Get-FieldText $one 'InitialDomain') -eq 'True') {
            return ConvertTo-FolderName $name
        }
    }
    $name = 'Get-{0}OrganizationConfig' -f $Prefix
    $answer = Get-Answer (Get-SisterCommand $name $Connected) @{} $name
    foreach ($one in $answer.Rows) {
        $name = Get-FieldText $one 'Name'
        if ($name -ne '') { return ConvertTo-FolderName $name }
    }
    Write-Problem 'The name of the tenant could not be found, so its folder is named tenant. Use -Tenant to give it a name.'
    'tenant'
}

function Export-OnlineSide {
    param([object] $Connected)
    $inbound = Get-Answer $Connected @{} ('Get-{0}InboundConnector' -f $Prefix)
    $name = 'Get-{0}AcceptedDomain' -f $Prefix
    $accepted = Get-Answer (Get-SisterCommand $name $Connected) @{} ('{0} (Exchange Online)' -f $name)
    $domains = @(foreach ($one in $accepted.Rows) { ConvertTo-Row $one $AcceptedDomainFields })
    if (-not $inbound.Worked -and -not $accepted.Worked) { return }
    $folder = [System.IO.Path]::Combine($Root, 'tenants', (Get-TenantFolderName $domains $Connected))
    if ($inbound.Worked) {
        $connectors = @(foreach ($one in $inbound.Rows) { ConvertTo-Row $one $InboundConnectorFields })
        Write-Export ([System.IO.Path]::Combine($folder, 'InboundConnector.json')) $connectors 'Inbound connectors'
    }
    if ($accepted.Worked) {
        Write-Export ([System.IO.Path]::Combine($folder, 'AcceptedDomain.json')) $domains 'Accepted domains'
    }
}

function Test-ThisComputer {
    param([string] $Name)
    $Name.Split('.')[0] -eq [System.Environment]::MachineName.Split('.')[0]
}

function New-Target {
    param([string] $Name, [bool] $Edge)
    [pscustomobject] @{ Name = $Name; Edge = $Edge; Local = (Test-ThisComputer $Name) }
}

# The servers to export: those of -Server, or all of the organisation.
function Get-Target {
    $answer = Get-Answer (Get-FirstCommand 'Get-ExchangeServer') @{} 'Get-ExchangeServer'
    $found = New-Object -TypeName 'System.Collections.Generic.List[string]'
    foreach ($one in $answer.Rows) {
        $name = Get-FieldText $one 'Name'
        $fqdn = Get-FieldText $one 'Fqdn'
        $roles = Get-FieldText $one 'ServerRole'
        if ($Server.Count -gt 0) {
            if ($Server -notcontains $name -and $Server -notcontains $fqdn) { continue }
        } elseif ($roles -ne '' -and $roles -notmatch 'Mailbox|Hub|Client|Cafe|Front|Edge') {
            continue
        }
        $found.Add($name)
        $found.Add($fqdn)
        New-Target $name ($roles -match 'Edge')
    }
    foreach ($name in $Server) {
        if ($found -notcontains $name) { New-Target $name $false }
    }
    if ($found.Count -eq 0 -and $Server.Count -eq 0) {
        New-Target ([System.Environment]::MachineName) $false
    }
}

# A log contains rows from the hour in its name (on older servers, the day) to its last change. While
# Exchange still writes, the directory can show that change late.
function Test-InPeriod {
    param([System.IO.FileInfo] $File)
    $start = [datetime]::MinValue
    $end = $File.LastWriteTimeUtc
    if ($File.Name -match '^[A-Za-z]+(\d{8})(\d{2})?-\d+\.log$') {
        $hour = '00'
        $length = 24
        if ($Matches.ContainsKey(2)) { $hour = $Matches[2]; $length = 1 }
        $styles = [System.Globalization.DateTimeStyles] 'AssumeUniversal, AdjustToUniversal'
        $parsed = [datetime]::MinValue
        if ([datetime]::TryParseExact($Matches[1] + $hour, 'yyyyMMddHH', $Invariant, $styles, [ref] $parsed)) {
            $start = $parsed
            $named = $parsed.AddHours($length)
            if ($named -gt $end) { $end = $named }
        }
    }
    $end -ge $From -and $start -le $To
}

# Copies the files of a folder that belong to the period. What names them, and Place is their folder below
# that of the server.
function Copy-Log {
    param([object] $Target, [string] $What, [string] $LogPath, [string[]] $Place, [string] $Pattern)
    $source = $LogPath
    if (-not $Target.Local -and $LogPath -match '^([A-Za-z]):[\\/](.*)$') {
        $source = '\\{0}\{1}$\{2}' -f $Target.Name, $Matches[1], $Matches[2]
    }
    $folders = @($Root, 'logs', (ConvertTo-FolderName $Target.Name), 'Logs') + $Place
    $destination = [System.IO.Path]::Combine([string[]] $folders)
    $count = 0
    $bytes = [long] 0
    $failed = @()
    $activity = $What
    try {
        $directory = New-Object -TypeName System.IO.DirectoryInfo -ArgumentList $source
        if (-not $directory.Exists) {
            Write-Problem ('{0}: there is no folder {1}, or you cannot read it' -f $What, $source)
            return
        }
        $files = @($directory.GetFiles() | Where-Object { $_.Name -match $Pattern -and (Test-InPeriod $_) })
        if ($files.Count -gt 0) { [void] [System.IO.Directory]::CreateDirectory($destination) }
        $total = [long] 1
        foreach ($file in $files) { $total += $file.Length }
        foreach ($file in $files) {
            $status = '{0} of {1} files, {2:N1} of {3:N1} MB' -f $count, $files.Count, ($bytes / 1048576), ($total / 1048576)
            Write-Progress -Activity $activity -Status $status -PercentComplete ([int] (100 * $bytes / $total))
            try {
                [void] $file.CopyTo([System.IO.Path]::Combine($destination, $file.Name), $true)
                $Collected.Add($file.Name)
                $count += 1
                $bytes += $file.Length
            } catch {
                $failed += ('{0}: {1}' -f $file.Name, (Get-ErrorText $_))
            }
        }
    } catch {
        Write-Problem ('{0} in {1}: {2}' -f $What, $source, (Get-ErrorText $_))
    }
    Write-Progress -Activity $activity -Completed
    Write-Note ('{0}: files copied: {1}, {2:N1} MB, {3} -> {4}' -f $What, $count, ($bytes / 1048576), $source, $destination)
    if ($failed.Count -gt 0) {
        Write-Problem ('{0}: files that could not be copied: {1}. The first one is {2}' -f $What, $failed.Count, $failed[0])
    }
}

# Copies the logs that only the transport service writes: those of the queues and of message tracking.
function Copy-TransportLog {
    param([object] $Target, [string] $Role, [object] $Setting)
    # Exchange 2010 writes no log of queues.
    $path = Get-FieldText $Setting 'QueueLogPath'
    if ($CopyLogs -and $path -ne '') {
        Copy-Log $Target ('Queue logs of {0}' -f $Target.Name) $path @($Role, 'QueueViewer') '\.log$|^QueueSnapShot\.xml$'
    }
    $path = Get-FieldText $Setting 'MessageTrackingLogPath'
    $what = 'Message tracking logs of {0}' -f $Target.Name
    if ($path -eq '') { return }
    if ($CopyTrackingLogs) {
        Copy-Log $Target $what $path @('MessageTracking') '^MSGTRK.*\.log$'
    } else {
        Write-Note ('{0}: not copied, because -CopyTrackingLogs was not given. They contain personal data. They are in {1}' -f $what, $path)
    }
}

# The queues of a server and the messages in them, with the time at which they were read: no export of
# them says how old it is.
function Export-Queue {
    param([object] $Target)
    $folder = [System.IO.Path]::Combine($Root, 'on-premises', (ConvertTo-FolderName $Target.Name))
    foreach ($kind in @('Queue', 'QueuedMessage')) {
        $argument = @{ ResultSize = 'Unlimited' }
        # An Edge server knows only its own queues.
        if (-not $Target.Edge) { $argument['Server'] = $Target.Name }
        $cmdlet = 'Get-Queue'
        $fields = $QueueFields
        $label = 'Queues of {0}' -f $Target.Name
        if ($kind -eq 'QueuedMessage') {
            $argument['IncludeRecipientInfo'] = $true
            $cmdlet = 'Get-Message'
            $fields = $QueuedMessageFields
            $label = 'Messages in the queues of {0}' -f $Target.Name
        }
        $time = [datetime]::UtcNow.ToString('o', $Invariant)
        $answer = Get-Answer (Get-FirstCommand $cmdlet) $argument ('{0} {1}' -f $cmdlet, $Target.Name)
        if (-not $answer.Worked) { continue }
        $rows = @(foreach ($one in $answer.Rows) {
            $row = ConvertTo-Row $one $fields
            $row | Add-Member -MemberType NoteProperty -Name 'ExportTimeUTC' -Value $time
            $row
        })
        Write-Export ([System.IO.Path]::Combine($folder, $kind + '.json')) $rows $label
    }
}

function Export-LogPlace {
    param([object] $Target)
    $transport = 'Get-TransportService'
    if ($null -eq (Get-FirstCommand $transport)) { $transport = 'Get-TransportServer' }
    $services = @(@($transport, 'Hub'), @('Get-FrontendTransportService', 'FrontEnd'), @('Get-MailboxTransportService', 'Mailbox'))
    if ($Target.Edge) { $services = @(, @($transport, 'Edge')) }
    foreach ($service in $services) {
        $cmdlet = $service[0]
        $role = $service[1]
        # Exchange 2010 has only one transport service.
        if ($transport -eq 'Get-TransportServer' -and $cmdlet -ne $transport) { continue }
        $answer = Get-Answer (Get-FirstCommand $cmdlet) @{ Identity = $Target.Name } ('{0} {1}' -f $cmdlet, $Target.Name)
        foreach ($one in $answer.Rows) {
            $row = ConvertTo-Row $one $LogPathFields $Target.Name
            $row | Add-Member -MemberType NoteProperty -Name 'Role' -Value $role
            $LogPathRows.Add($row)
            if ($cmdlet -eq $transport) { Copy-TransportLog $Target $role $row }
            $path = Get-FieldText $row 'SendProtocolLogPath'
            if ($role -eq 'Mailbox') { continue }
            $what = 'Send logs of {0} {1}' -f $Target.Name, $role
            if ($path -eq '') {
                Write-Problem ('{0} {1}: no folder is configured for its send logs' -f $Target.Name, $role)
            } elseif ($CopyLogs) {
                Copy-Log $Target $what $path @($role, 'ProtocolLog', 'SmtpSend') '\.log$'
            } else {
                Write-Note ('{0}: not copied, because -CopyLogs was not given. They are in {1}' -f $what, $path)
            }
        }
    }
}

function Export-Server {
    param([object] $Target)
    if ($Target.Edge -and -not $Target.Local) {
        Write-Problem ('{0} is an Edge Transport server, which cannot be queried from here. Run this script there in its Exchange Management Shell, and copy its folder into this one' -f $Target.Name)
        return
    }
    # On an Edge server, the cmdlet knows only the server itself.
    $argument = @{ Server = $Target.Name }
    if ($Target.Edge) { $argument = @{} }
    $answer = Get-Answer (Get-FirstCommand 'Get-ExchangeCertificate') $argument ('Get-ExchangeCertificate {0}' -f $Target.Name)
    if ($answer.Worked) {
        $path = [System.IO.Path]::Combine($Root, 'on-premises', (ConvertTo-FolderName $Target.Name), 'ExchangeCertificate.json')
        $rebuilt = 0
        $rows = @(foreach ($one in $answer.Rows) {
            $fields = $CertificateFields
            if (Test-Rebuilt $one) {
                $rebuilt += 1
                $fields = @($fields | Where-Object { $_ -ne 'HasPrivateKey' })
            }
            ConvertTo-Row $one $fields $Target.Name
        })
        Write-Export $path $rows ('Certificates of {0}' -f $Target.Name)
        if ($rebuilt -gt 0) {
            Write-Problem ('Certificates of {0}: this window does not have Services, Status and HasPrivateKey of {1} of them, because it imported a session. To add them, run this script in the Exchange Management Shell' -f $Target.Name, $rebuilt)
        }
    }
    Export-Queue $Target
    Export-LogPlace $Target
}

function Export-LocalSide {
    $targets = @(Get-Target)
    # An Edge server has its own send connectors. They must not replace those of the organisation.
    $folder = [System.IO.Path]::Combine($Root, 'on-premises')
    $edge = ''
    foreach ($target in $targets) {
        if ($target.Edge -and $target.Local) { $edge = $target.Name }
    }
    if ($edge -ne '') { $folder = [System.IO.Path]::Combine($folder, (ConvertTo-FolderName $edge)) }
    $answer = Get-Answer (Get-FirstCommand 'Get-SendConnector') @{} 'Get-SendConnector'
    if ($answer.Worked) {
        $rows = @(foreach ($one in $answer.Rows) { ConvertTo-Row $one $SendConnectorFields $edge })
        Write-Export ([System.IO.Path]::Combine($folder, 'SendConnector.json')) $rows 'Send connectors'
    }
    foreach ($target in $targets) {
        try {
            Export-Server $target
        } catch {
            Write-Problem ('{0}: {1}' -f $target.Name, (Get-ErrorText $_))
        }
    }
    if ($LogPathRows.Count -gt 0) {
        Write-Export ([System.IO.Path]::Combine($folder, 'LogPaths.json')) $LogPathRows.ToArray() 'Log folders'
    }
}

function Copy-WizardLog {
    if ("$env:APPDATA" -eq '') { return }
    $source = [System.IO.Path]::Combine($env:APPDATA, 'Microsoft', 'Exchange Hybrid Configuration')
    try {
        $directory = New-Object -TypeName System.IO.DirectoryInfo -ArgumentList $source
        if (-not $directory.Exists) {
            if ($CopyWizardLogs) { Write-Problem ('Hybrid wizard: you have no logs of it on this computer, because there is no folder {0}' -f $source) }
            return
        }
        if (-not $CopyWizardLogs) {
            Write-Note ('Hybrid wizard: logs not copied, because -CopyWizardLogs was not given. They are in {0}' -f $source)
            return
        }
        $destination = [System.IO.Path]::Combine($Root, 'hybrid-wizard', (ConvertTo-FolderName ([System.Environment]::MachineName)))
        [void] [System.IO.Directory]::CreateDirectory($destination)
        $count = 0
        foreach ($file in @($directory.GetFiles() | Where-Object { $_.Name -match '\.log$' })) {
            [void] $file.CopyTo([System.IO.Path]::Combine($destination, $file.Name), $true)
            $Collected.Add($file.Name)
            $count += 1
        }
        Write-Note ('Hybrid wizard: logs copied: {0} -> {1}' -f $count, $destination)
    } catch {
        Write-Problem ('Hybrid wizard: {0}' -f (Get-ErrorText $_))
    }
}

# Writes all files of the output folder to one archive. Compress-Archive of Windows PowerShell 5.1 cannot
# read more than 2 GB, and the whole folder at once would get names with backslashes.
function Write-Archive {
    param([string] $Path)
    $activity = 'Archive {0}' -f $Path
    $stream = $null
    try {
        Add-Type -AssemblyName System.IO.Compression
        Add-Type -AssemblyName System.IO.Compression.FileSystem
        $files = @([System.IO.Directory]::GetFiles($Root, '*', [System.IO.SearchOption]::AllDirectories))
        $stream = New-Object -TypeName System.IO.FileStream -ArgumentList $Path, ([System.IO.FileMode]::Create)
        $archive = New-Object -TypeName System.IO.Compression.ZipArchive -ArgumentList $stream, ([System.IO.Compression.ZipArchiveMode]::Create)
        $count = 0
        foreach ($file in $files) {
            Write-Progress -Activity $activity -Status ('{0} of {1} files' -f $count, $files.Count) -PercentComplete ([int] (100 * $count / $files.Count))
            $name = $file.Substring($Root.Length).TrimStart('\', '/').Replace('\', '/')
            [void] [System.IO.Compression.ZipFileExtensions]::CreateEntryFromFile($archive, $file, $name, [System.IO.Compression.CompressionLevel]::Fastest)
            $count += 1
        }
        $archive.Dispose()
        Write-Host ('Archive: {0} files -> {1}' -f $count, $Path)
    } catch {
        Write-Warning ('The archive {0} could not be written: {1}' -f $Path, (Get-ErrorText $_))
    } finally {
        if ($null -ne $stream) { $stream.Dispose() }
        Write-Progress -Activity $activity -Completed
    }
}

# The period of the logs to copy, in UTC. Days and Since both set its start.
if ($PSBoundParameters.ContainsKey('Since') -and $PSBoundParameters.ContainsKey('Days')) {
    throw '-Since and -Days both set the start of the period. Use only one of them.'
}
$From = [datetime]::MinValue
$To = [datetime]::MaxValue
if ($PSBoundParameters.ContainsKey('Since')) { $From = $Since.ToUniversalTime() }
if ($PSBoundParameters.ContainsKey('Days')) { $From = [datetime]::UtcNow.AddDays(-$Days) }
if ($PSBoundParameters.ContainsKey('Until')) {
    $To = $Until
    if ($Until.TimeOfDay -eq [timespan]::Zero) { $To = $Until.AddDays(1) }
    $To = $To.ToUniversalTime()
}

# The same folder in every window of this user, whatever the current folder is.
if ($OutputFolder -eq '') {
    $OutputFolder = [System.IO.Path]::Combine([System.Environment]::GetFolderPath('MyDocuments'), 'sendlens-export')
}
try {
    $Root = $ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath($OutputFolder)
    # A backslash before a closing quote would escape the quote.
    if ($Root.Length -gt 3) { $Root = $Root.TrimEnd('\', '/') }
    [void] [System.IO.Directory]::CreateDirectory($Root)
} catch {
    Write-Warning ('The output folder {0} cannot be made: {1}' -f $OutputFolder, (Get-ErrorText $_))
    if ("$PSCommandPath" -ne '') { exit 1 }
    return
}

$Self = "$PSCommandPath"
if ($Self -eq '') { $Self = '.\collect.ps1' }
if (-not $CopyLogs -and -not $CopyTrackingLogs -and ($PSBoundParameters.ContainsKey('Since') -or $PSBoundParameters.ContainsKey('Days') -or $PSBoundParameters.ContainsKey('Until'))) {
    Write-Warning '-Since, -Days and -Until do nothing without -CopyLogs or -CopyTrackingLogs, because no logs are copied.'
}
$Again = '& {0} -OutputFolder {1}' -f (ConvertTo-QuotedText $Self), (ConvertTo-QuotedText $Root)
if ($Prefix -ne '') { $Again += ' -Prefix ' + (ConvertTo-QuotedText $Prefix) }
if ($Tenant -ne '') { $Again += ' -Tenant ' + (ConvertTo-QuotedText $Tenant) }
if ($Server.Count -gt 0) { $Again += ' -Server ' + (@($Server | ForEach-Object { ConvertTo-QuotedText $_ }) -join ',') }
if ($Zip) { $Again += ' -Zip' }
Write-Note ('sendlens collect SENDLENS_VERSION on {0} at {1}, PowerShell {2}' -f [System.Environment]::MachineName, [datetime]::UtcNow.ToString('yyyy-MM-ddTHH:mm:ssZ', $Invariant), $PSVersionTable.PSVersion)

$Connected = Get-FirstCommand ('Get-{0}InboundConnector' -f $Prefix)
$OnLocalSide = $null -ne (Get-FirstCommand 'Get-SendConnector') -or $null -ne (Get-FirstCommand 'Get-ExchangeCertificate')
if ($null -ne $Connected) {
    try { Export-OnlineSide $Connected } catch { Write-Problem ('Exchange Online: {0}' -f (Get-ErrorText $_)) }
}
if ($OnLocalSide) {
    try { Export-LocalSide } catch { Write-Problem ('Local Exchange: {0}' -f (Get-ErrorText $_)) }
}
Copy-WizardLog

if ($null -eq $Connected) {
    Write-Note ('Exchange Online is not connected in this window (it has no Get-{0}InboundConnector). Inbound connectors and accepted domains are not exported.' -f $Prefix)
    $connect = 'Connect-ExchangeOnline'
    if ($Prefix -ne '') { $connect += ' -Prefix ' + (ConvertTo-QuotedText $Prefix) }
    Write-Note ('  To add them, run for each tenant: {0}; {1}' -f $connect, $Again)
}
if (-not $OnLocalSide) {
    Write-Note 'The local Exchange is not connected in this window (it has no Get-SendConnector). Send connectors, certificates and logs are not exported.'
    Write-Note ('  To add them, run in the Exchange Management Shell: {0} -CopyLogs' -f $Again)
}
Write-Note ('Problems: {0}. Everything is in {1}' -f $Problems.Count, $Root)
$Result = $Root
if ($Zip) { $Result = $Root + '.zip' }
if ($Collected.Count -gt 0) {
    Write-Note ('Next, run: sendlens diagnose "{0}"' -f $Result)
} else {
    Write-Problem 'Nothing was collected. Do what is said above first'
}
[System.IO.File]::AppendAllText([System.IO.Path]::Combine($Root, 'summary.txt'), ($Said -join "`r`n") + "`r`n`r`n", $Utf8)
if ($Collected.Count -eq 0) {
    if ("$PSCommandPath" -ne '') { exit 1 }
    return
}
if ($Zip) { Write-Archive $Result }

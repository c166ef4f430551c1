<#
.SYNOPSIS
Runs sendlens digest on many Exchange servers and brings the digests to one folder.

.DESCRIPTION
Printed by: sendlens collect --fleet (version SENDLENS_VERSION)

This script runs in Windows PowerShell 5.1 and in PowerShell 7. The logs stay on the servers. On each
server, the script makes a temporary folder, copies sendlens.exe into it, and runs there at below-normal
priority:

    sendlens digest LOGFOLDER... -o FILE --server NAME

It copies the digest from the server, removes the temporary folder, and closes the session. It changes
nothing else on a server. You need PowerShell remoting and administrator rights on the servers.

    OutputFolder\SERVER.digest      what sendlens diagnose needs of the logs of the server
    OutputFolder\summary.txt        what each run did

Then: sendlens diagnose OutputFolder

A server that cannot be reached, has no logs or fails does not stop the others. At the end, the script
lists which servers gave a digest, and why the others gave none. The exit code is 1 if no server gave one.

A digest contains personal data, such as the senders and recipients of rejected mail.

.PARAMETER Server
The servers. The default is all servers of the organisation, if this window is an Exchange Management
Shell. Two servers with the same host name in different domains need their full names.

.PARAMETER OutputFolder
The folder to write to. The default is the folder sendlens-fleet in your Documents. A digest of an earlier
run is replaced by the one of the same server.

.PARAMETER Program
The program sendlens.exe to copy. The default is the one beside this script, or else the one in your PATH.

.PARAMETER RemoteProgram
The path of sendlens.exe on the servers, if it is already there. Then nothing is copied to them. This is
also the way if AppLocker or App Control (WDAC) allows programs only in certain folders.

.PARAMETER RemoteFolder
The folder on the servers in which the temporary folder is made. The default is the one that Windows gives
your account (TEMP). It must exist, and only administrators should be able to write to it.

.PARAMETER LogFolder
The folders of the send protocol logs on the servers. By default, the script asks Get-TransportService and
Get-FrontendTransportService. Where they are not available, it takes the usual folders below the
installation folder of Exchange.

.PARAMETER Since
Read only rows since this time, in the time zone of this computer.

.PARAMETER Days
Read only rows of this number of days before now.

.PARAMETER WithoutMessages
Make much smaller digests, whose diagnosis does not count the messages of an incident. It does not count those
of more than 256 MB of logs of all servers together anyway.

.PARAMETER ThrottleLimit
The number of servers that work at the same time.

.PARAMETER Credential
The account to use on the servers. The default is your own.

.PARAMETER UseSSL
Connect over HTTPS, for example to Edge Transport servers, which are in no domain.

.EXAMPLE
.\fleet.ps1 -OutputFolder C:\Temp\fleet -Days 14

.EXAMPLE
.\fleet.ps1 -Server (Get-Content servers.txt) -OutputFolder C:\Temp\fleet -Program C:\Tools\sendlens.exe
#>
#Requires -Version 5.1
[CmdletBinding()]
param(
    [string[]] $Server = @(),
    [string] $OutputFolder = '',
    [string] $Program = '',
    [string] $RemoteProgram = '',
    [string] $RemoteFolder = '',
    [string[]] $LogFolder = @(),
    [datetime] $Since,
    [ValidateRange(1, 36500)]
    [int] $Days,
    [switch] $WithoutMessages,
    [ValidateRange(1, 1000)]
    [int] $ThrottleLimit = 32,
    [pscredential] $Credential,
    [switch] $UseSSL
)

# Where AppLocker or WDAC restricts scripts, types cannot be used. This is asked before the first one is.
if ($ExecutionContext.SessionState.LanguageMode -ne 'FullLanguage') {
    Write-Warning ('Scripts are restricted on this computer ({0}, set by AppLocker or WDAC), so this one cannot run here. Run on each server: sendlens digest LOGFOLDER -o SERVER.digest, and copy the files into one folder.' -f $ExecutionContext.SessionState.LanguageMode)
    if ("$PSCommandPath" -ne '') { exit 1 }
    return
}

Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'

# SENDLENS_SHARED

# The name of the temporary folder of this run, on every server and in the output folder.
$Leaf = 'sendlens-' + [guid]::NewGuid().ToString('N')
# So many sessions are open at the same time.
$SessionLimit = 50
# What New-PSSession and Invoke-Command need to connect. By default, they wait for three minutes.
$Connection = @{ SessionOption = (New-PSSessionOption -OpenTimeout 60000) }
if ($null -ne $Credential) { $Connection['Credential'] = $Credential }
if ($UseSSL) { $Connection['UseSSL'] = $true }

# The three blocks that follow run on a server. Nothing else does.

# Makes the temporary folder, if there are logs. Where scripts are restricted, neither types nor other
# functions can be used, so the answer is a hashtable. What the next block needs is kept in the session.
$Prepare = {
    param($Plan)
    $answer = @{ State = ''; Reason = ''; Folder = ''; Program = ''; Output = '' }
    if ($ExecutionContext.SessionState.LanguageMode -ne 'FullLanguage') {
        $answer.State = 'error'
        $answer.Reason = 'scripts are restricted on this server by AppLocker or WDAC. Run sendlens digest there by hand'
        return $answer
    }
    $ErrorActionPreference = 'Stop'
    $logs = @($Plan.LogFolder | Where-Object { "$_" -ne '' })
    if ($logs.Count -eq 0) {
        $logs = @(foreach ($role in @('Hub', 'FrontEnd', 'Edge')) {
            $known = $Plan.Known[$role]
            if ("$known" -ne '') {
                $known
            } elseif ("$env:ExchangeInstallPath" -ne '') {
                Join-Path -Path $env:ExchangeInstallPath -ChildPath ('TransportRoles\Logs\{0}\ProtocolLog\SmtpSend' -f $role)
            }
        })
    }
    if ($logs.Count -eq 0) {
        $answer.State = 'no logs'
        $answer.Reason = 'Exchange is not installed there (ExchangeInstallPath is not set). Use -LogFolder'
        return $answer
    }
    $found = @($logs | Where-Object { Test-Path -LiteralPath $_ -PathType Container })
    if ($found.Count -eq 0) {
        $answer.State = 'no logs'
        $answer.Reason = 'there is no folder {0}' -f ($logs -join ', ')
        return $answer
    }
    $base = $Plan.RemoteFolder
    if ("$base" -eq '') { $base = $env:TEMP }
    # New-Item would make it, and then it would stay.
    if (-not (Test-Path -LiteralPath $base -PathType Container)) {
        $answer.State = 'error'
        $answer.Reason = 'there is no folder {0} for the temporary folder' -f $base
        return $answer
    }
    # The program inherits it. The process ends with the session.
    (Get-Process -Id $PID).PriorityClass = 'BelowNormal'
    $folder = Join-Path -Path $base -ChildPath $Plan.Leaf
    [void] (New-Item -Path $folder -ItemType Directory)
    $answer.Folder = $folder
    $answer.Program = $Plan.RemoteProgram
    if ("$($answer.Program)" -eq '') { $answer.Program = Join-Path -Path $folder -ChildPath 'sendlens.exe' }
    $answer.Output = Join-Path -Path $folder -ChildPath 'server.digest'
    # A backslash at the end would escape the quote that PowerShell puts behind it.
    $arguments = @('digest') + @($found | ForEach-Object { if ($_.Length -gt 3) { $_.TrimEnd('\') } else { $_ } })
    $arguments += @('-o', $answer.Output, '--server', $Plan.Name)
    if ("$($Plan.Since)" -ne '') { $arguments += @('--since', $Plan.Since) }
    if ($Plan.WithoutMessages) { $arguments += '--without-messages' }
    $global:SendlensDigest = @{ Program = $answer.Program; Arguments = $arguments; Output = $answer.Output }
    $answer
}

# Runs the program. What it says on standard error would be an error of the block, if it were not text.
$Digest = {
    $ErrorActionPreference = 'Continue'
    $task = $global:SendlensDigest
    $arguments = $task.Arguments
    $code = $null
    $said = @()
    try {
        $said = @(& $task.Program @arguments 2>&1 | ForEach-Object { "$_" })
        $code = $LASTEXITCODE
    } catch {
        $said = @("$_")
    }
    $bytes = [long] -1
    if (Test-Path -LiteralPath $task.Output) { $bytes = (Get-Item -LiteralPath $task.Output).Length }
    [pscustomobject] @{ Code = $code; Said = ($said -join ' '); Bytes = $bytes }
}

# Removes the temporary folder. A program that was just stopped, or a virus scanner, can hold a file for a
# moment. It also runs on this computer, for the folder in the output folder.
$Clean = {
    param([string] $Base, [string] $Leaf)
    if ($Leaf -notmatch '^sendlens-[0-9a-f]{32}$') { throw 'This is not the name of a temporary folder.' }
    if ($Base -eq '') { $Base = $env:TEMP }
    $folder = Join-Path -Path $Base -ChildPath $Leaf
    for ($attempt = 1; $attempt -le 10; $attempt += 1) {
        if (-not (Test-Path -LiteralPath $folder)) { break }
        Remove-Item -LiteralPath $folder -Recurse -Force -ErrorAction SilentlyContinue
        if (Test-Path -LiteralPath $folder) { Start-Sleep -Seconds 1 }
    }
    [pscustomobject] @{ Folder = $folder; Gone = (-not (Test-Path -LiteralPath $folder)) }
}

# What comes from a server can hold any character. It becomes one line.
function Get-Line {
    param([string] $Text)
    $line = ($Text -replace '[\s\p{Cc}]+', ' ').Trim()
    if ($line.Length -gt 600) { $line = $line.Substring(0, 600) + '...' }
    $line
}

function Get-FullPath {
    param([string] $Path)
    $ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath($Path)
}

function Set-State {
    param([object] $Target, [string] $State, [string] $Reason)
    $Target.State = $State
    $Target.Reason = Get-Line $Reason
}

function New-Target {
    param([string] $Address, [string] $Name, [bool] $Edge)
    $target = [pscustomobject] @{
        Address = $Address; Name = $Name; Edge = $Edge; State = ''; Reason = ''
        Session = $null; Touched = $false; Output = ''; File = ''
    }
    # New-PSSession refuses all servers if one name cannot be a name.
    if ($Address -notmatch '^\w[\w.:-]*$') { Set-State $target 'error' 'this cannot be the name of a server' }
    $target
}

# The servers to ask: those of -Server, or all of the organisation.
function Get-Target {
    $given = @()
    # With -File, a list arrives as one text.
    foreach ($name in @($Server | ForEach-Object { "$_" -split '[,;\s]+' })) {
        if ($name -ne '' -and $given -notcontains $name) { $given += $name }
    }
    $command = Get-FirstCommand 'Get-ExchangeServer'
    $rows = @()
    if ($null -ne $command) { $rows = @((Get-Answer $command @{} 'Get-ExchangeServer').Rows) }
    $found = @()
    foreach ($one in $rows) {
        $name = Get-FieldText $one 'Name'
        $fqdn = Get-FieldText $one 'Fqdn'
        $roles = Get-FieldText $one 'ServerRole'
        if ($given.Count -gt 0) {
            if ($given -notcontains $name -and $given -notcontains $fqdn) { continue }
        } elseif ($roles -ne '' -and $roles -notmatch 'Mailbox|Hub|Client|Cafe|Front|Edge') {
            continue
        }
        $found += @($name, $fqdn)
        $address = $name
        if ($fqdn -ne '') { $address = $fqdn }
        New-Target $address $name ($roles -match 'Edge')
    }
    foreach ($name in $given) {
        if ($found -contains $name) { continue }
        $short = $name
        if ($name -notmatch '^[\d.]+$' -and $name -notmatch ':') { $short = $name.Split('.')[0] }
        New-Target $name $short $false
    }
}

# Two servers with the same name would be one in the report.
function Set-DistinctName {
    param([object[]] $Target)
    foreach ($group in @($Target | Group-Object -Property 'Name' | Where-Object { $_.Count -gt 1 })) {
        foreach ($one in $group.Group) { $one.Name = $one.Address }
    }
    foreach ($one in $Target) { $one.File = (ConvertTo-FolderName $one.Name) + '.digest' }
}

# The folders of the send logs that the configuration names, by their role.
function Get-KnownFolder {
    param([object] $Target)
    $known = @{}
    if ($LogFolder.Count -gt 0 -or $Target.Edge) { return $known }
    foreach ($service in @(@('Hub', 'Get-TransportService'), @('FrontEnd', 'Get-FrontendTransportService'))) {
        $command = Get-FirstCommand $service[1]
        if ($null -eq $command) { continue }
        $answer = Get-Answer $command @{ Identity = $Target.Name } ('{0} {1}' -f $service[1], $Target.Name)
        foreach ($one in $answer.Rows) { $known[$service[0]] = Get-FieldText $one 'SendProtocolLogPath' }
    }
    $known
}

# The error that names a server, among those of many servers.
function Get-Reason {
    param([string] $Address, [object[]] $Record, [string] $Otherwise)
    $named = '(?<![\w.-])' + [regex]::Escape($Address) + '(?![\w-]|\.\w)'
    foreach ($one in $Record) {
        if ("$one" -match $named) { return "$one" }
    }
    $Otherwise
}

function Test-Open {
    param([object] $Target)
    $null -ne $Target.Session -and "$($Target.Session.State)" -eq 'Opened'
}

# Opens a session to each server, to all of them at the same time.
function Open-Session {
    param([object[]] $Target)
    $addresses = @($Target | ForEach-Object { $_.Address })
    $names = @($Target | ForEach-Object { '{0}-{1}' -f $Leaf, $_.Name })
    $opened = @()
    $failed = @()
    try {
        $opened = @(New-PSSession -ComputerName $addresses -Name $names @Connection -ThrottleLimit $ThrottleLimit -ErrorAction SilentlyContinue -ErrorVariable failed)
    } catch {
        $failed = @($_)
    }
    foreach ($one in $Target) {
        $one.Session = $opened | Where-Object { $_.ComputerName -eq $one.Address } | Select-Object -First 1
        if ($null -eq $one.Session) {
            Set-State $one 'unreachable' (Get-Reason $one.Address $failed 'no session could be opened')
        }
    }
}

# Makes the temporary folder on a server, and copies the program into it.
function Initialize-Server {
    param([object] $Target)
    $plan = @{
        Leaf = $Leaf; RemoteFolder = $RemoteFolder; RemoteProgram = $RemoteProgram; Name = $Target.Name
        LogFolder = $LogFolder; Known = (Get-KnownFolder $Target); Since = $SinceText
        WithoutMessages = [bool] $WithoutMessages
    }
    # Also if the answer gets lost.
    $Target.Touched = $true
    $answer = Invoke-Command -Session $Target.Session -ScriptBlock $Prepare -ArgumentList $plan -ErrorAction Stop
    if ("$($answer.State)" -ne '') {
        $Target.Touched = $false
        Set-State $Target $answer.State $answer.Reason
        return
    }
    $Target.Output = $answer.Output
    if ($RemoteProgram -ne '') { return }
    # The bar of Copy-Item takes longer than the copy.
    $ProgressPreference = 'SilentlyContinue'
    $source = [System.Management.Automation.WildcardPattern]::Escape($Program)
    Copy-Item -Path $source -Destination $answer.Program -ToSession $Target.Session -ErrorAction Stop
}

# Runs the program on all servers that are ready, and brings home what it wrote.
function Invoke-Digest {
    param([object[]] $Target)
    $sessions = @($Target | ForEach-Object { $_.Session })
    $answers = @()
    $failed = @()
    try {
        $answers = @(Invoke-Command -Session $sessions -ScriptBlock $Digest -ThrottleLimit $ThrottleLimit -ErrorAction SilentlyContinue -ErrorVariable failed)
    } catch {
        $failed = @($_)
    }
    foreach ($one in $Target) {
        $answer = $answers | Where-Object { $_.PSComputerName -eq $one.Session.ComputerName } | Select-Object -Last 1
        if ($null -eq $answer) {
            Set-State $one 'error' (Get-Reason $one.Address $failed 'the connection was lost')
            continue
        }
        try {
            Receive-Digest $one $answer
        } catch {
            Set-State $one 'error' (Get-ErrorText $_)
        }
    }
}

# Copies a digest into the output folder. It appears there only when it is complete.
function Receive-Digest {
    param([object] $Target, [object] $Answer)
    $said = Get-Line $Answer.Said
    if ($Answer.Code -eq 3) {
        Set-State $Target 'no logs' $said
        return
    }
    if ($null -eq $Answer.Code) {
        Set-State $Target 'error' ('the program cannot be run: {0}' -f $said)
        return
    }
    if ($Answer.Bytes -lt 0 -or @(0, 1, 2) -notcontains $Answer.Code) {
        Set-State $Target 'error' ('exit code {0}: {1}' -f $Answer.Code, $said)
        return
    }
    $part = [System.IO.Path]::Combine($Root, $Leaf, $Target.File)
    $ProgressPreference = 'SilentlyContinue'
    Copy-Item -Path $Target.Output -Destination $part -FromSession $Target.Session -ErrorAction Stop
    $length = (Get-Item -LiteralPath $part).Length
    if ($length -ne $Answer.Bytes) {
        Set-State $Target 'error' ('{0} of {1} bytes were copied' -f $length, $Answer.Bytes)
        return
    }
    Move-Item -LiteralPath $part -Destination ([System.IO.Path]::Combine($Root, $Target.File)) -Force
    Set-State $Target 'digest' ('{0:N1} KB' -f ($length / 1024))
    if ($Answer.Code -eq 2) { Write-Problem ('{0}: the digest is not complete. {1}' -f $Target.Name, $said) }
}

# Removes the temporary folders and closes the sessions. Where a session broke, a new connection is tried.
function Clear-Server {
    param([object[]] $Target)
    $touched = @($Target | Where-Object { $_.Touched })
    $open = @($touched | Where-Object { Test-Open $_ })
    $answers = @()
    if ($open.Count -gt 0) {
        try {
            $sessions = @($open | ForEach-Object { $_.Session })
            $answers = @(Invoke-Command -Session $sessions -ScriptBlock $Clean -ArgumentList $RemoteFolder, $Leaf -ThrottleLimit $ThrottleLimit -ErrorAction SilentlyContinue)
        } catch {
            Write-Problem ('Temporary folders: {0}' -f (Get-ErrorText $_))
        }
    }
    # Also those that were opened and not returned, because this script was stopped.
    Get-PSSession -Name ($Leaf + '-*') -ErrorAction SilentlyContinue | Remove-PSSession -ErrorAction SilentlyContinue
    foreach ($one in $touched) {
        $gone = @($answers | Where-Object { $_.Gone -and $_.PSComputerName -eq $one.Address })
        if ($gone.Count -gt 0) { continue }
        $reason = 'a file in it is in use'
        try {
            $answer = Invoke-Command -ComputerName $one.Address @Connection -ScriptBlock $Clean -ArgumentList $RemoteFolder, $Leaf -ErrorAction Stop
            if ($answer.Gone) { continue }
        } catch {
            $reason = Get-ErrorText $_
        }
        Write-Problem ('{0}: the temporary folder could not be removed: {1}. Remove it by hand: {2} in {3}' -f $one.Name, $reason, $Leaf, $Place)
    }
}

function Invoke-Batch {
    param([object[]] $Target)
    try {
        Write-Progress -Activity $Activity -Status 'Opening sessions' -PercentComplete $Percent
        Open-Session $Target
        foreach ($one in @($Target | Where-Object { $_.State -eq '' })) {
            Write-Progress -Activity $Activity -Status ('Preparing {0}' -f $one.Name) -PercentComplete $Percent
            try {
                Initialize-Server $one
            } catch {
                Set-State $one 'error' (Get-ErrorText $_)
            }
        }
        foreach ($one in @($Target | Where-Object { $_.State -eq '' -and -not (Test-Open $_) })) {
            Set-State $one 'error' 'the connection was lost'
        }
        $ready = @($Target | Where-Object { $_.State -eq '' })
        Write-Progress -Activity $Activity -Status ('Reading logs on {0} servers' -f $ready.Count) -PercentComplete $Percent
        if ($ready.Count -gt 0) { Invoke-Digest $ready }
    } catch {
        foreach ($one in @($Target | Where-Object { $_.State -eq '' })) { Set-State $one 'error' (Get-ErrorText $_) }
    } finally {
        Clear-Server $Target
    }
}

# The start of the period, once for all servers: digests with different periods do not go together.
if ($PSBoundParameters.ContainsKey('Since') -and $PSBoundParameters.ContainsKey('Days')) {
    throw '-Since and -Days both set the start of the period. Use only one of them.'
}
$SinceText = ''
$From = $null
if ($PSBoundParameters.ContainsKey('Since')) { $From = $Since.ToUniversalTime() }
if ($PSBoundParameters.ContainsKey('Days')) { $From = [datetime]::UtcNow.AddDays(-$Days) }
if ($null -ne $From) { $SinceText = $From.ToString('yyyy-MM-ddTHH:mm:ssZ', $Invariant) }
$LogFolder = @($LogFolder | Where-Object { "$_" -ne '' })
$Place = 'the folder TEMP of your account'
if ($RemoteFolder -ne '') { $Place = $RemoteFolder }

# The same folder in every window of this user, whatever the current folder is.
if ($OutputFolder -eq '') {
    $OutputFolder = [System.IO.Path]::Combine([System.Environment]::GetFolderPath('MyDocuments'), 'sendlens-fleet')
}
try {
    $Root = Get-FullPath $OutputFolder
    # A backslash before a closing quote would escape the quote.
    if ($Root.Length -gt 3) { $Root = $Root.TrimEnd('\', '/') }
    [void] [System.IO.Directory]::CreateDirectory($Root)
} catch {
    Write-Warning ('The output folder {0} cannot be made: {1}' -f $OutputFolder, (Get-ErrorText $_))
    if ("$PSCommandPath" -ne '') { exit 1 }
    return
}
Write-Note ('sendlens collect --fleet SENDLENS_VERSION on {0} at {1}, PowerShell {2}' -f [System.Environment]::MachineName, [datetime]::UtcNow.ToString('yyyy-MM-ddTHH:mm:ssZ', $Invariant), $PSVersionTable.PSVersion)

# The program to copy.
if ($RemoteProgram -eq '') {
    if ($Program -eq '' -and "$PSScriptRoot" -ne '') {
        $beside = [System.IO.Path]::Combine($PSScriptRoot, 'sendlens.exe')
        if (Test-Path -LiteralPath $beside -PathType Leaf) { $Program = $beside }
    }
    if ($Program -eq '') {
        $installed = Get-Command -Name 'sendlens.exe' -CommandType Application -ErrorAction SilentlyContinue | Select-Object -First 1
        if ($null -ne $installed) { $Program = $installed.Path }
    }
    if ($Program -ne '') { $Program = Get-FullPath $Program }
}
$Targets = @(Get-Target)
$MayStart = $true
if ($RemoteProgram -eq '' -and ($Program -eq '' -or -not (Test-Path -LiteralPath $Program -PathType Leaf))) {
    Write-Problem 'There is no sendlens.exe beside this script or in your PATH. Name it with -Program, or with -RemoteProgram if it is on the servers'
    $MayStart = $false
}
if ($Targets.Count -eq 0) {
    Write-Problem 'No server is known. Name the servers with -Server, or run this script in the Exchange Management Shell'
    $MayStart = $false
}

Set-DistinctName $Targets
$Activity = 'Digests of {0} servers' -f $Targets.Count
$Percent = 0
if ($MayStart) {
    $incoming = [System.IO.Path]::Combine($Root, $Leaf)
    try {
        [void] [System.IO.Directory]::CreateDirectory($incoming)
        $waiting = @($Targets | Where-Object { $_.State -eq '' })
        for ($at = 0; $at -lt $waiting.Count; $at += $SessionLimit) {
            $Percent = [int] (100 * $at / $waiting.Count)
            Invoke-Batch @($waiting | Select-Object -Skip $at -First $SessionLimit)
        }
    } finally {
        Write-Progress -Activity $Activity -Completed
        $left = & $Clean $Root $Leaf
        if (-not $left.Gone) { Write-Problem ('The temporary folder {0} could not be removed. Remove it by hand' -f $left.Folder) }
    }
}

$Good = @($Targets | Where-Object { $_.State -eq 'digest' })
if ($MayStart) {
    Write-Note ('Servers with a digest: {0} of {1}' -f $Good.Count, $Targets.Count)
    foreach ($one in $Good) { Write-Note ('  {0}: {1}' -f $one.Name, $one.Reason) }
    foreach ($one in @($Targets | Where-Object { $_.State -ne 'digest' } | Sort-Object -Property 'State', 'Name')) {
        Write-Problem ('{0}: {1}. {2}' -f $one.Name, $one.State, $one.Reason)
    }
    $names = @($Good | ForEach-Object { $_.File })
    $old = @([System.IO.Directory]::GetFiles($Root, '*.digest') | ForEach-Object { [System.IO.Path]::GetFileName($_) } | Where-Object { $names -notcontains $_ })
    if ($old.Count -gt 0) { Write-Problem ('These digests are from an earlier run. Move them away if they should not count: {0}' -f ($old -join ', ')) }
}
Write-Note ('Problems: {0}. Everything is in {1}' -f $Problems.Count, $Root)
if ($Good.Count -gt 0) {
    Write-Note ('Next, run: sendlens diagnose "{0}"' -f $Root)
    Write-Note '  Add the folder that the script of sendlens collect wrote, for the connectors and accepted domains.'
} else {
    Write-Problem 'No server gave a digest'
}
[System.IO.File]::AppendAllText([System.IO.Path]::Combine($Root, 'summary.txt'), ($Said -join "`r`n") + "`r`n`r`n", $Utf8)
if ($Good.Count -eq 0) {
    if ("$PSCommandPath" -ne '') { exit 1 }
    return
}

# Runs the script of `sendlens collect --fleet` against servers that are played here. Called by fleet.rs
# where a PowerShell is installed.
#
# A server is a runspace of this process with its own variables, and a folder below Servers with its folder
# for temporary files (temp) and the installation of Exchange (V15). What goes to it and comes from it is
# serialised, as remoting does. Play: named, shell or nothing.
param([string] $Script, [string] $OutputFolder, [string] $Servers, [string] $Program, [string] $Play)

$global:Servers = $Servers
$global:Sessions = New-Object -TypeName System.Collections.ArrayList

function global:Copy-Remoted {
    param([object] $Value)
    $text = [System.Management.Automation.PSSerializer]::Serialize($Value, 3)
    [System.Management.Automation.PSSerializer]::Deserialize($text)
}

function global:New-PSSessionOption {
    [CmdletBinding()] param([int] $OpenTimeout)
    New-Object -TypeName PSObject -Property @{ OpenTimeout = $OpenTimeout }
}

function global:New-PSSession {
    [CmdletBinding()] param([string[]] $ComputerName, [string[]] $Name, [object] $SessionOption, [int] $ThrottleLimit)
    if ($Name.Count -ne $ComputerName.Count) { throw 'Each session needs a name.' }
    for ($at = 0; $at -lt $ComputerName.Count; $at += 1) {
        $computer = $ComputerName[$at]
        if ($computer -like 'DOWN*') {
            Write-Error ('[{0}] Connecting to remote server {0} failed with the following error message : WinRM cannot complete the operation.' -f $computer)
            continue
        }
        $space = [runspacefactory]::CreateRunspace()
        $space.Open()
        if ($computer -like 'LOCKED*') { $space.SessionStateProxy.LanguageMode = 'ConstrainedLanguage' }
        $session = New-Object -TypeName PSObject -Property @{ ComputerName = $computer; Name = $Name[$at]; State = 'Opened'; Space = $space }
        [void] $global:Sessions.Add($session)
        $session
    }
}

function global:Get-PSSession {
    [CmdletBinding()] param([string] $Name)
    $global:Sessions | Where-Object { $_.Name -like $Name -and $_.State -ne 'Closed' }
}

function global:Remove-PSSession {
    [CmdletBinding()] param([Parameter(ValueFromPipeline)] [object] $Session)
    process {
        $Session.Space.Dispose()
        $Session.State = 'Closed'
    }
}

function global:Get-ServerFolder {
    param([string] $Computer)
    [System.IO.Path]::Combine($global:Servers, $Computer.Split('.')[0])
}

function global:Invoke-Command {
    [CmdletBinding()] param(
        [object[]] $Session, [string] $ComputerName, [object] $SessionOption, [scriptblock] $ScriptBlock,
        [object[]] $ArgumentList = @(), [int] $ThrottleLimit)
    $opened = $null
    if ($ComputerName -ne '') {
        $opened = New-PSSession -ComputerName $ComputerName -Name 'once'
        $Session = @($opened)
    }
    foreach ($one in $Session) {
        $folder = Get-ServerFolder $one.ComputerName
        $env:TEMP = [System.IO.Path]::Combine($folder, 'temp')
        $env:ExchangeInstallPath = [System.IO.Path]::Combine($folder, 'V15') + [System.IO.Path]::DirectorySeparatorChar
        $shell = [powershell]::Create()
        $shell.Runspace = $one.Space
        [void] $shell.AddScript($ScriptBlock.ToString())
        foreach ($argument in $ArgumentList) { [void] $shell.AddArgument((Copy-Remoted $argument)) }
        try {
            if ($one.ComputerName -like 'LOST*' -and $ScriptBlock.ToString() -match 'task\.Program') {
                $one.State = 'Broken'
                throw 'The network connection was interrupted.'
            }
            foreach ($result in $shell.Invoke()) {
                Copy-Remoted $result | Add-Member -MemberType NoteProperty -Name PSComputerName -Value $one.ComputerName -PassThru
            }
            foreach ($problem in $shell.Streams.Error) { Write-Error ('[{0}] {1}' -f $one.ComputerName, $problem) }
        } catch {
            Write-Error ('[{0}] {1}' -f $one.ComputerName, $_.Exception.GetBaseException().Message)
        } finally {
            $shell.Dispose()
        }
    }
    if ($null -ne $opened) { $opened | Remove-PSSession }
}

function global:Copy-Item {
    [CmdletBinding()] param([string] $Path, [string] $Destination, [object] $ToSession, [object] $FromSession)
    if ($null -ne $FromSession -and $FromSession.ComputerName -like 'CUT*') {
        [System.IO.File]::WriteAllText($Destination, 'half')
        return
    }
    Microsoft.PowerShell.Management\Copy-Item -Path $Path -Destination $Destination -ErrorAction Stop
}

if ($Play -eq 'shell') {
    function global:Get-ExchangeServer {
        [CmdletBinding()] param()
        foreach ($name in 'EX01', 'EX02') {
            New-Object -TypeName PSObject -Property @{ Name = $name; Fqdn = ($name + '.contoso.com'); ServerRole = 'Mailbox' }
        }
        New-Object -TypeName PSObject -Property @{ Name = 'UM01'; Fqdn = 'um01.contoso.com'; ServerRole = 'UnifiedMessaging' }
    }
    function global:Get-TransportService {
        [CmdletBinding()] param([string] $Identity)
        $path = [System.IO.Path]::Combine((Get-ServerFolder $Identity), 'V15', 'TransportRoles', 'Logs', 'Hub', 'ProtocolLog', 'SmtpSend')
        New-Object -TypeName PSObject -Property @{ Identity = $Identity; SendProtocolLogPath = $path }
    }
}

$global:LASTEXITCODE = 0
if ($Play -eq 'named') {
    & $Script -Server 'EX01,EX02', 'DOWN01', 'EMPTY01', 'NONE01', 'LOCKED01', 'LOST01', 'CUT01', 'ex01' -OutputFolder $OutputFolder -Program $Program
} elseif ($Play -eq 'shell') {
    & $Script -OutputFolder $OutputFolder -Program $Program -Days 3000
} else {
    & $Script -Server 'DOWN01', 'NONE01', 'not a name!' -OutputFolder $OutputFolder -Program $Program
}
Write-Host ('Open sessions: {0}' -f @($global:Sessions | Where-Object { $_.State -ne 'Closed' }).Count)
exit $global:LASTEXITCODE

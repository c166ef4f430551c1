# UTF-8 without a byte order mark. By default, Windows PowerShell 5.1 writes UTF-16 or the mark.
$Utf8 = New-Object -TypeName System.Text.UTF8Encoding -ArgumentList $false
$Invariant = [System.Globalization.CultureInfo]::InvariantCulture
$Said = New-Object -TypeName 'System.Collections.Generic.List[string]'
$Problems = New-Object -TypeName 'System.Collections.Generic.List[string]'

function Write-Note {
    param([string] $Text)
    $Said.Add($Text)
    Write-Host $Text
}

function Write-Problem {
    param([string] $Text)
    $Said.Add('PROBLEM - ' + $Text)
    $Problems.Add($Text)
    Write-Warning $Text
}

function Get-ErrorText {
    param([object] $Record)
    # What PowerShell puts around the error of a method says nothing more.
    ($Record.Exception.GetBaseException().Message -replace '\s+', ' ').Trim()
}

function ConvertTo-FolderName {
    param([string] $Text)
    $plain = ($Text -replace '[^\w.-]', '_').Trim('.')
    if ($plain -eq '') { $plain = 'unnamed' }
    $plain
}

# Returns the text of a value. What a session of Exchange sent is a number that carries its text, if it
# was an enumeration there. Inside a text, the number would appear.
function Get-Text {
    param([object] $Value)
    if ($null -eq $Value) { return '' }
    try { [string] $Value.ToString() } catch { "$Value" }
}

function Get-FieldText {
    param([object] $InputObject, [string] $Name)
    $property = $InputObject.PSObject.Properties[$Name]
    if ($null -eq $property) { return '' }
    Get-Text $property.Value
}

function Get-FirstCommand {
    param([string] $Name)
    Get-Command -Name $Name -ErrorAction SilentlyContinue | Select-Object -First 1
}

# Calls a cmdlet. Returns its rows, and whether it worked: no rows can also be a success.
function Get-Answer {
    param([object] $Command, [hashtable] $Argument = @{}, [string] $Label)
    if ($null -eq $Command) {
        Write-Problem ('{0}: this cmdlet is not available in this window' -f $Label)
        return [pscustomobject] @{ Worked = $false; Rows = @() }
    }
    try {
        $given = @(& $Command @Argument -ErrorAction Stop | Where-Object { $null -ne $_ })
        [pscustomobject] @{ Worked = $true; Rows = $given }
    } catch {
        Write-Problem ('{0}: {1}' -f $Label, (Get-ErrorText $_))
        [pscustomobject] @{ Worked = $false; Rows = @() }
    }
}

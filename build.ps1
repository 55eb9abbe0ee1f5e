# Builds, tests and publishes ComPO.NET: ./build.ps1 -Task Build|Test|Publish|Quickstart|Clean
# Runs under PowerShell 7 on any system that has the .NET SDK of global.json. Exit codes: that of
# dotnet, or 2 for an unknown task.
param([string]$Task = 'Build')

$tasks = [ordered]@{
    Build      = { dotnet build -c Release }
    Test       = { dotnet test -c Release }
    Publish    = {
        foreach ($project in 'ComPO.Node', 'ComPO.Admin') {
            dotnet publish "src/$project" -c Release -o "artifacts/$project"
            if ($LASTEXITCODE -ne 0) { return }
        }
    }
    Quickstart = { dotnet run -c Release --project src/ComPO.Node -- quickstart }
    Clean      = {
        $folders = @(Join-Path $PSScriptRoot 'artifacts')
        foreach ($group in 'src', 'tests') {
            foreach ($project in [IO.Directory]::GetDirectories((Join-Path $PSScriptRoot $group))) {
                $folders += (Join-Path $project 'bin'), (Join-Path $project 'obj')
            }
        }
        foreach ($folder in $folders) {
            if (Test-Path $folder) { Remove-Item $folder -Recurse -Force }
        }
    }
}

if (-not $tasks.Contains($Task)) {
    [Console]::Error.WriteLine("Unknown task '$Task'; expected one of $($tasks.Keys -join ', ').")
    exit 2
}

$global:LASTEXITCODE = 0
Push-Location $PSScriptRoot
try { & $tasks[$Task] } finally { Pop-Location }
exit $LASTEXITCODE

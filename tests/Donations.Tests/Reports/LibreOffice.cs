using System.Diagnostics;

namespace Donations.Tests.Reports;

/// <summary>The machine's LibreOffice, as the reader that decides what a workbook says.</summary>
internal static class LibreOffice
{
    /// <summary>Raw values (not as shown), UTF-8, every sheet in a file of its own: LibreOffice's filter options for CSV.</summary>
    private const string Csv = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,false,false,false,false,-1";

    /// <summary>The sheets as CSV, by name. Skips the test where there is no LibreOffice.</summary>
    public static async Task<Dictionary<string, string[]>> ReadAsync(byte[] workbook)
    {
        var directory = Directory.CreateTempSubdirectory("donations-xlsx-").FullName;
        try
        {
            await File.WriteAllBytesAsync(Path.Combine(directory, "book.xlsx"), workbook);
            // A profile of its own: two at a time would lock each other out.
            await RunAsync($"-env:UserInstallation=file://{directory}/profile", "--headless", "--convert-to", Csv, "--outdir", directory, Path.Combine(directory, "book.xlsx"));
            return Directory.EnumerateFiles(directory, "*.csv").ToDictionary(f => Path.GetFileNameWithoutExtension(f)["book-".Length..], File.ReadAllLines);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static async Task RunAsync(params string[] arguments)
    {
        using var process = Start(new("soffice", arguments) { RedirectStandardOutput = true, RedirectStandardError = true });
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, $"soffice ended with {process.ExitCode}\n{await output}\n{await errors}");
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            Assert.Skip($"soffice (LibreOffice Calc) is missing: {e.Message}");
            throw;
        }
    }
}

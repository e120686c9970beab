using Donations.Mailer;

namespace Donations.Server.Receipts;

/// <summary>What receipts say about who received the money. Every document shows it as it was when it was issued.</summary>
internal sealed class ReceiptOptions
{
    public const string Section = "Receipts";
    private const int MaxName = 120;
    private const int MaxLines = 8;
    private const int MaxLine = 120;
    private const int MaxTaxNote = 1000;

    public OrganisationOptions Organisation { get; set; } = new();

    public sealed class OrganisationOptions
    {
        /// <summary>Empty: documents name nobody.</summary>
        public string Name { get; set; } = "";

        /// <summary>Registration and address, line by line.</summary>
        public IList<string> Lines { get; } = [];

        /// <summary>By language, `en` and `ru`; a language without a note shows none, since a legal text is not guessed from another.</summary>
        public IDictionary<string, string> TaxNote { get; } = new Dictionary<string, string>(StringComparer.Ordinal);
    }

    public static ReceiptOptions Load(IConfiguration configuration)
    {
        var options = configuration.GetSection(Section).Get<ReceiptOptions>() ?? new();
        var organisation = options.Organisation;
        Require(IsLine(organisation.Name, MaxName), $"Organisation:Name must be one line of at most {MaxName} characters");
        Require(organisation.Lines.Count <= MaxLines && organisation.Lines.All(l => IsLine(l, MaxLine)), $"Organisation:Lines must be at most {MaxLines} lines of at most {MaxLine} characters");
        Require(organisation.TaxNote.Keys.All(k => LocaleFormats.All.Any(f => f.Locale == k)), $"Organisation:TaxNote has texts for {string.Join(", ", LocaleFormats.All.Select(f => f.Locale))} only");
        Require(organisation.TaxNote.Values.All(n => IsLine(n, MaxTaxNote)), $"Organisation:TaxNote must be one line of at most {MaxTaxNote} characters");
        return options;
    }

    private static bool IsLine(string text, int max) => text.Length <= max && !text.Any(char.IsControl);

    private static void Require(bool holds, string what)
    {
        if (!holds)
            throw new InvalidOperationException($"Receipts:{what}. Refusing to start.");
    }
}

namespace Donations.Server.Appeals;

/// <summary>What is known of the value of views: most bring nothing, a few bring a gift. Enough for a mean and its error, and nobody's own.</summary>
/// <param name="Views">How many.</param>
/// <param name="Conversions">How many of them brought a gift.</param>
/// <param name="Sum">Sum of the gifts' values, in minor units.</param>
/// <param name="SumOfSquares">Sum of their squares.</param>
internal readonly record struct ViewSample(long Views, long Conversions, double Sum, double SumOfSquares)
{
    /// <summary>Value per view; 0 without views.</summary>
    public double Mean => Views == 0 ? 0 : Sum / Views;

    /// <summary>Sum of squared differences from the mean. Never below zero, also where views were lost on their way.</summary>
    public double Deviation => Views == 0 ? 0 : Math.Max(0, SumOfSquares - (Sum * Sum / Views));

    /// <summary>Standard error of the mean; 0 for fewer than two views.</summary>
    public double Error => Views < 2 ? 0 : Math.Sqrt(Deviation / (Views - 1) / Views);

    /// <summary>How far gifts spread: the mean of their squares as a part of the square of their mean, 1 where all are alike; 0 where they come to nothing.</summary>
    public double Spread => Sum <= 0 ? 0 : SumOfSquares * Conversions / (Sum * Sum);

    public static ViewSample operator +(ViewSample a, ViewSample b) => new(a.Views + b.Views, a.Conversions + b.Conversions, a.Sum + b.Sum, a.SumOfSquares + b.SumOfSquares);
}

using ScottPlot;

namespace ComPO.Reports.Figures;

/// <summary>The colours of figures. Those of lines are told apart by everybody, on white as on black (after Okabe and Ito).</summary>
internal static class Palette
{
    /// <summary>Text and axes.</summary>
    public static readonly Color Ink = Color.FromHex("#1F2328");

    /// <summary>The lines of the grid.</summary>
    public static readonly Color Grid = Color.FromHex("#DFE3E8");

    /// <summary>What figures are drawn on.</summary>
    public static readonly Color Paper = Color.FromHex("#FFFFFF");

    /// <summary>What was observed; chosen answers; accepted updates.</summary>
    public static readonly Color Blue = Color.FromHex("#2B83CE");

    /// <summary>What was predicted; rejected answers.</summary>
    public static readonly Color Orange = Color.FromHex("#E07B00");

    /// <summary>What was not accepted.</summary>
    public static readonly Color Pink = Color.FromHex("#C2649B");

    /// <summary>What the gate refused; what is of no account.</summary>
    public static readonly Color Grey = Color.FromHex("#8C959F");

    /// <summary>Series of which there may be many, in order.</summary>
    public static readonly IReadOnlyList<Color> Series =
        [Blue, Orange, Color.FromHex("#1B9E77"), Pink, Color.FromHex("#56B4E9"), Color.FromHex("#B8A200"), Color.FromHex("#9467BD"), Grey];

    /// <summary>The colour of a series by its place.</summary>
    public static Color Of(int place) => Series[place % Series.Count];
}

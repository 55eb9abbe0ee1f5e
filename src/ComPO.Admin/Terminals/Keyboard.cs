namespace ComPO.Admin.Terminals;

/// <summary>Where keys come from, one at a time.</summary>
internal abstract class Keyboard
{
    /// <summary>The keyboard of the terminal that the process was started on.</summary>
    public static Keyboard OfProcess { get; } = new ProcessKeyboard();

    /// <summary>The width of the terminal in characters.</summary>
    public abstract int Width { get; }

    /// <summary>Waits for a key. Ctrl-C is one while a line is edited.</summary>
    public abstract ConsoleKeyInfo Read();

    /// <summary>A line is edited from now on, or no longer: then Ctrl-C is a signal again.</summary>
    public virtual void Claim(bool isEditing)
    {
    }

    private sealed class ProcessKeyboard : Keyboard
    {
        public override int Width => Console.WindowWidth;

        public override ConsoleKeyInfo Read() => Console.ReadKey(intercept: true);

        public override void Claim(bool isEditing) => Console.TreatControlCAsInput = isEditing;
    }
}

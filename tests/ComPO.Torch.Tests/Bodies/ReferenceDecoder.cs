namespace ComPO.Torch.Tests.Bodies;

/// <summary>
/// A decoder in plain loops over float64, written from the published formulas: nothing of it is shared with the code under test. What a family is
/// like is said by whoever makes one; a projection has a bias, and a head a norm, if there is a tensor for it.
/// </summary>
internal sealed record ReferenceDecoder
{
    public required Func<string, double[]?> Weights { get; init; }
    public required int Layers { get; init; }
    public required int Hidden { get; init; }
    public required int Heads { get; init; }
    public required int KeyHeads { get; init; }
    public required int HeadSize { get; init; }
    public required double Epsilon { get; init; }
    public required double[] Turns { get; init; }
    public double RotaryFactor { get; init; } = 1;
    public Func<int, int> WindowOf { get; init; } = _ => int.MaxValue;
    public bool IsGemma { get; init; }
    public bool IsTied { get; init; }
    public double? QueryScalar { get; init; }
    public double? ScoreCap { get; init; }
    public double? LogitCap { get; init; }

    /// <summary>1/θ^(2i/size).</summary>
    public static double[] PlainTurns(double theta, int headSize) =>
        [.. Enumerable.Range(0, headSize / 2).Select(i => Math.Pow(theta, -2.0 * i / headSize))];

    public double[] Logits(long[] ids)
    {
        var embedding = Weights("model.embed_tokens.weight")!;
        var states = ids.Select(id => embedding[((int)id * Hidden)..(((int)id + 1) * Hidden)]).ToArray();
        if (IsGemma) states = [.. states.Select(x => x.Select(value => value * Math.Sqrt(Hidden)).ToArray())];
        for (var layer = 0; layer < Layers; layer++)
            states = Block($"model.layers.{layer}.", WindowOf(layer), states);

        var head = IsTied ? embedding : Weights("lm_head.weight")!;
        return [.. states.SelectMany(x => Product(head, Norm(x, "model.norm"))).Select(x => Capped(x, LogitCap))];
    }

    private double[][] Block(string layer, int window, double[][] states)
    {
        var attended = Attend(layer, window, [.. states.Select(x => Norm(x, layer + "input_layernorm"))]);
        if (IsGemma) attended = [.. attended.Select(x => Norm(x, layer + "post_attention_layernorm"))];
        states = [.. states.Zip(attended, Sum)];

        var fed = states.Select(x => FeedForward(layer, Norm(x, layer + (IsGemma ? "pre_feedforward_layernorm" : "post_attention_layernorm"))));
        if (IsGemma) fed = fed.Select(x => Norm(x, layer + "post_feedforward_layernorm"));
        return [.. states.Zip(fed, Sum)];
    }

    private double[][] Attend(string layer, int window, double[][] states)
    {
        double[] Heads(string part, int t, int head)
        {
            var x = Project(layer + "self_attn." + part[0] + "_proj", states[t])[(head * HeadSize)..((head + 1) * HeadSize)];
            if (part[0] == 'v') return x;
            return Turn(Weights($"{layer}self_attn.{part[0]}_norm.weight") is null ? x : Norm(x, $"{layer}self_attn.{part[0]}_norm"), t);
        }

        var result = new double[states.Length][];
        var keys = new double[states.Length, KeyHeads][];
        var values = new double[states.Length, KeyHeads][];
        for (var t = 0; t < states.Length; t++)
        {
            for (var head = 0; head < KeyHeads; head++) (keys[t, head], values[t, head]) = (Heads("key", t, head), Heads("value", t, head));
            var joined = new double[this.Heads * HeadSize];
            for (var head = 0; head < this.Heads; head++)
            {
                var shared = head / (this.Heads / KeyHeads);
                var query = Heads("query", t, head);
                var first = Math.Max(0L, (long)t - window + 1);
                var scores = new double[t + 1];
                for (var s = first; s <= t; s++)
                    scores[s] = Capped(keys[s, shared].Zip(query, (a, b) => a * b).Sum() / Math.Sqrt(QueryScalar ?? HeadSize), ScoreCap);
                var total = scores.Skip((int)first).Sum(Math.Exp);
                for (var s = first; s <= t; s++)
                    for (var i = 0; i < HeadSize; i++)
                        joined[head * HeadSize + i] += Math.Exp(scores[s]) / total * values[s, shared][i];
            }
            result[t] = Project(layer + "self_attn.o_proj", joined);
        }
        return result;
    }

    /// <summary>Coordinates i and i + size/2 turn as one complex number.</summary>
    private double[] Turn(double[] x, int position)
    {
        var turned = new double[x.Length];
        for (int i = 0, half = x.Length / 2; i < half; i++)
        {
            var (sine, cosine) = Math.SinCos(position * Turns[i]);
            turned[i] = RotaryFactor * (x[i] * cosine - x[i + half] * sine);
            turned[i + half] = RotaryFactor * (x[i + half] * cosine + x[i] * sine);
        }
        return turned;
    }

    private double[] FeedForward(string layer, double[] x)
    {
        double Silu(double g) => g / (1 + Math.Exp(-g));
        double Gelu(double g) => 0.5 * g * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (g + 0.044715 * g * g * g)));
        var (gate, up) = (Project(layer + "mlp.gate_proj", x), Project(layer + "mlp.up_proj", x));
        return Project(layer + "mlp.down_proj", [.. gate.Zip(up, (g, u) => (IsGemma ? Gelu(g) : Silu(g)) * u)]);
    }

    private double[] Norm(double[] x, string name)
    {
        var scale = 1 / Math.Sqrt(x.Sum(value => value * value) / x.Length + Epsilon);
        return [.. x.Zip(Weights(name + ".weight")!, (value, weight) => value * scale * (IsGemma ? 1 + weight : weight))];
    }

    private double[] Project(string name, double[] x)
    {
        var product = Product(Weights(name + ".weight")!, x);
        return Weights(name + ".bias") is { } bias ? Sum(product, bias) : product;
    }

    private static double[] Product(double[] matrix, double[] x)
    {
        var product = new double[matrix.Length / x.Length];
        for (var row = 0; row < product.Length; row++)
            for (var column = 0; column < x.Length; column++)
                product[row] += matrix[row * x.Length + column] * x[column];
        return product;
    }

    private static double[] Sum(double[] a, double[] b) => [.. a.Zip(b, (x, y) => x + y)];

    private static double Capped(double x, double? cap) => cap is { } c ? c * Math.Tanh(x / c) : x;
}

using System.Runtime.InteropServices;
using ComPO.Core.Errors;
using TorchSharp;
using static TorchSharp.torch;

namespace ComPO.Torch.Native;

/// <summary>
/// Loads libtorch into the process. Every entry point of this assembly calls <see cref="EnsureLoaded"/>;
/// a program that uses torch before any of them calls it first.
/// </summary>
/// <remarks>
/// TorchSharp's own loader, when a library does not load, prints to standard output and copies half a
/// gigabyte beside the program before it fails. So the libraries are loaded here, in the order of their
/// dependencies, and TorchSharp finds them in the process.
/// </remarks>
public static class Libtorch
{
    private const string Bridge = "LibTorchSharp";

    /// <summary>Done once; a failure is remembered, because neither the linker's state nor TorchSharp's can be taken back.</summary>
    private static readonly Lazy<IntPtr> Loading = new(Load);

    /// <summary>Loads libtorch and TorchSharp's native half, once; any thread may call it, any number of times.</summary>
    /// <exception cref="UnsupportedSystemException">A native library is missing or does not load on this system.</exception>
    public static void EnsureLoaded() => _ = Loading.Value;

    private static IntPtr Load()
    {
        var bridge = OperatingSystem.IsLinux() ? LoadOnLinux() : IntPtr.Zero;
        InitializeTorch();
        return bridge;
    }

    private static IntPtr LoadOnLinux()
    {
        if (RuntimeInformation.ProcessArchitecture != Architecture.X64)
            throw new UnsupportedSystemException(
                $"libtorch cannot be loaded: TorchSharp has a Linux library for x64 only, and this process is {RuntimeInformation.ProcessArchitecture}.");

        // The bridge asks for these by name, wherever it lies itself; what is in the process already is found by that name.
        foreach (var name in (ReadOnlySpan<string>)["libc10.so", "libtorch_cpu.so", "libtorch.so"])
            LoadFile(NativeLibraryFiles.Find(name));

        var bridge = LoadBridge(NativeLibraryFiles.Find($"lib{Bridge}.so"));
        NativeLibrary.SetDllImportResolver(typeof(torch).Assembly, (name, _, _) => name == Bridge ? bridge : IntPtr.Zero);
        return bridge;
    }

    /// <summary>As it is where the system's libstdc++ is new enough, else as a copy that asks for less.</summary>
    private static IntPtr LoadBridge(string path)
    {
        try
        {
            return NativeLibrary.Load(path);
        }
        catch (DllNotFoundException tooNew) when (tooNew.Message.Contains(OlderStandardLibrary.MissingVersion, StringComparison.Ordinal))
        {
            return LoadForOlderSystem(path);
        }
        catch (DllNotFoundException cause)
        {
            throw CannotLoad(path, cause);
        }
    }

    private static IntPtr LoadForOlderSystem(string path)
    {
        try
        {
            return PatchedLibrary.Load(path, OlderStandardLibrary.Patch(File.ReadAllBytes(path)));
        }
        catch (Exception cause) when (cause is DllNotFoundException or BadImageFormatException or IOException or UnauthorizedAccessException)
        {
            throw CannotLoad(path, cause);
        }
    }

    private static void LoadFile(string path)
    {
        try
        {
            NativeLibrary.Load(path);
        }
        catch (DllNotFoundException cause)
        {
            throw CannotLoad(path, cause);
        }
    }

    private static void InitializeTorch()
    {
        try
        {
            InitializeDeviceType(DeviceType.CPU);
        }
        catch (TypeInitializationException cause)
        {
            throw new UnsupportedSystemException("torch was used before libtorch was loaded, and cannot be used in this process any more.", cause);
        }
        catch (Exception cause) when (cause is NotSupportedException or DllNotFoundException)
        {
            throw CannotLoad($"lib{Bridge}", cause);
        }
    }

    private static UnsupportedSystemException CannotLoad(string library, Exception cause)
    {
        // dlopen's reason is the last line of what .NET says about every place it looked in.
        var reason = cause.Message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)[^1].TrimEnd('.');
        return new UnsupportedSystemException(
            $"The native library {library} cannot be loaded on {RuntimeInformation.OSDescription} ({RuntimeInformation.RuntimeIdentifier}): {reason}; "
            + "libtorch needs Linux x64 with glibc 2.34 and libstdc++ 6.0.30 or newer, such as Debian 12 or Ubuntu 22.04.", cause);
    }
}

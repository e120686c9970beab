using System.CommandLine;

namespace Donations.Cli;

/// <summary>`donations completion`: scripts that make shells complete commands, options and their values. The shell asks `donations` itself, so they never grow old.</summary>
internal static class CompletionCommand
{
    // What is asked about is the command under the cursor, not the whole line: bash cuts it out by itself, zsh and fish when they are asked to.
    private static readonly Dictionary<string, string> Scripts = new()
    {
        ["bash"] =
            """
            _donations_complete() {
              local IFS=$'\n'
              local candidates
              candidates=$("${COMP_WORDS[0]}" "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null)
              mapfile -t COMPREPLY < <(compgen -W "${candidates}" -- "${COMP_WORDS[COMP_CWORD]}")
            }
            complete -o default -F _donations_complete donations
            """,
        ["zsh"] =
            """
            #compdef donations
            _donations() {
              local line="${(j: :)words[1,CURRENT-1]} ${PREFIX}"
              local -a candidates
              candidates=(${(f)"$(donations "[suggest:${#line}]" "${line}" 2>/dev/null)"})
              compadd -- "${candidates[@]}"
            }
            if [ "${funcstack[1]}" = "_donations" ]; then
              _donations "$@"
            else
              compdef _donations donations
            fi
            """,
        ["fish"] =
            """
            complete -c donations -f -a '(set -l line (commandline -cp); donations "[suggest:"(string length -- "$line")"]" "$line" 2>/dev/null | string match -r ".+")'
            """,
        ["pwsh"] =
            """
            Register-ArgumentCompleter -Native -CommandName donations -ScriptBlock {
              param($word, $line, $position)
              donations "[suggest:$position]" "$line" | ForEach-Object { [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_) }
            }
            """,
    };

    public static Command Create()
    {
        var shell = new Argument<string>("shell") { Description = "For which shell" };
        shell.AcceptOnlyFromAmong([.. Scripts.Keys]);
        var command = new Command(
            "completion",
            """
            Print a script that makes a shell complete commands, options and their values.
            Examples:
              source <(donations completion bash)
              donations completion zsh > "${fpath[1]}/_donations"
              donations completion fish > ~/.config/fish/completions/donations.fish
              donations completion pwsh | Out-String | Invoke-Expression
            """)
        {
            shell,
        };
        command.SetAction(parsed => parsed.InvocationConfiguration.Output.WriteLine(Scripts[parsed.GetValue(shell)!]));
        return command;
    }
}

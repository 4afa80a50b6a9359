import ArgumentParser
import Glibc

/// `personalite completion`: what a shell has to know to complete the commands.
struct Completion: ParsableCommand {
    enum Shell: String, CaseIterable, ExpressibleByArgument {
        case bash, zsh, fish
    }

    static let configuration = CommandConfiguration(
        abstract: "Print the completions for a shell.",
        discussion: """
              bash:  eval "$(personalite completion bash)"                 in ~/.bashrc
              zsh:   personalite completion zsh > ~/.zfunc/_personalite    with ~/.zfunc in fpath, before compinit
              fish:  personalite completion fish > ~/.config/fish/completions/personalite.fish
            """
    )

    @Argument(help: "Whose: bash, zsh or fish. (default: that of $SHELL)") var shell: Shell?

    func run() throws {
        let own = PrintEnvironment.variable("SHELL").flatMap { Shell(rawValue: Names.last(of: $0)) }
        guard let shell = shell ?? own else { throw ValidationError("Please say which shell: bash, zsh or fish.") }
        let kind: CompletionShell =
            switch shell {
            case .bash: .bash;
            case .zsh: .zsh;
            case .fish: .fish
            }
        print(Personalite.completionScript(for: kind))
    }
}

package main

import (
	"context"
	"flag"
	"fmt"
	"strings"
)

func completionCommand() command {
	shells := []string{"bash", "zsh", "fish"}
	return command{
		name: "completion", args: strings.Join(shells, "|"), summary: "write the completions for a shell", choices: shells,
		about: `The script completes commands, flags, the words that flags take, and files. Load it in the
shell's start file:

    bash  source <(mapping completion bash)
    zsh   source <(mapping completion zsh)
    fish  mapping completion fish | source`,
		example: "mapping completion bash > /etc/bash_completion.d/mapping",
		setup: func(*flags) func(context.Context, *session, []string) error {
			return func(_ context.Context, s *session, args []string) error {
				if err := oneArgument(args, "the shell: bash, zsh or fish"); err != nil {
					return err
				}
				switch args[0] {
				case "bash":
					bash(s.out)
				case "zsh":
					zsh(s.out)
				case "fish":
					fish(s.out)
				default:
					return usagef("there are completions for bash, zsh and fish, not for %s", args[0])
				}
				return nil
			}
		},
	}
}

// declared returns a command's flags.
func (c command) declared() *flags {
	f := newFlags(c.name)
	colorFlag(f)
	c.setup(f)
	return f
}

func (f *flags) each(do func(one *flag.Flag, values []string, file bool)) {
	f.set.VisitAll(func(one *flag.Flag) { do(one, f.choices[one.Name], f.files[one.Name]) })
}

func commandNames() string {
	var names []string
	for _, c := range commands() {
		names = append(names, c.name)
	}
	return strings.Join(append(names, "help"), " ")
}

func bash(w printer) {
	w.printf(`# bash completion for mapping; made by: mapping completion bash
_mapping() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}
	COMPREPLY=()
	if [ "$COMP_CWORD" -eq 1 ]; then
		COMPREPLY=($(compgen -W %q -- "$cur"))
		return
	fi
	case "${COMP_WORDS[1]}" in
	help)
		COMPREPLY=($(compgen -W %q -- "$cur"))
		return ;;
`, commandNames(), commandNames())
	for _, c := range commands() {
		w.printf("\t%s)\n\t\tcase \"$prev\" in\n", c.name)
		var names []string
		c.declared().each(func(one *flag.Flag, values []string, file bool) {
			names = append(names, "--"+one.Name)
			switch {
			case isBool(one):
			case len(values) > 0:
				w.printf("\t\t--%s) COMPREPLY=($(compgen -W %q -- \"$cur\")); return ;;\n", one.Name, strings.Join(values, " "))
			case file:
				w.printf("\t\t--%s) COMPREPLY=($(compgen -f -- \"$cur\")); return ;;\n", one.Name)
			default:
				w.printf("\t\t--%s) return ;;\n", one.Name)
			}
		})
		arguments := "-f"
		if len(c.choices) > 0 {
			arguments = fmt.Sprintf("-W %q", strings.Join(c.choices, " "))
		}
		w.printf("\t\tesac\n\t\tcase \"$cur\" in\n\t\t-*) COMPREPLY=($(compgen -W %q -- \"$cur\")) ;;\n"+
			"\t\t*) COMPREPLY=($(compgen %s -- \"$cur\")) ;;\n\t\tesac ;;\n", strings.Join(names, " "), arguments)
	}
	w.print("\tesac\n}\ncomplete -o filenames -F _mapping mapping\n")
}

// zshText quotes a text for the inside of single quotes and brackets.
func zshText(text string) string {
	return strings.NewReplacer("'", `'\''`, "[", `\[`, "]", `\]`, ":", `\:`).Replace(text)
}

func zsh(w printer) {
	w.print("#compdef mapping\n# zsh completion for mapping; made by: mapping completion zsh\n_mapping() {\n\tlocal -a commands=(\n")
	for _, c := range commands() {
		w.printf("\t\t'%s:%s'\n", c.name, zshText(c.summary))
	}
	w.print("\t\t'help:tell more of a command'\n\t)\n\tif (( CURRENT == 2 )); then\n\t\t_describe command commands\n\t\treturn\n\tfi\n" +
		"\tlocal command=$words[2]\n\tshift words\n\t(( CURRENT-- ))\n\tcase $command in\n\thelp) _describe command commands ;;\n")
	for _, c := range commands() {
		w.printf("\t%s)\n\t\t_arguments \\\n", c.name)
		c.declared().each(func(one *flag.Flag, values []string, file bool) {
			value := ""
			switch {
			case isBool(one):
			case len(values) > 0:
				value = ":" + one.Name + ":(" + strings.Join(values, " ") + ")"
			case file:
				value = ":file:_files"
			default:
				value = ":" + one.Name + ": "
			}
			w.printf("\t\t\t'--%s[%s]%s' \\\n", one.Name, zshText(one.Usage), value)
		})
		arguments := "'*:file:_files'"
		if len(c.choices) > 0 {
			arguments = "'1:argument:(" + strings.Join(c.choices, " ") + ")'"
		}
		w.printf("\t\t\t%s ;;\n", arguments)
	}
	w.print("\tesac\n}\nif [ \"$funcstack[1]\" = \"_mapping\" ]; then\n\t_mapping \"$@\"\nelse\n\tcompdef _mapping mapping\nfi\n")
}

// fishText quotes a text for fish.
func fishText(text string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(text) + "'"
}

func fish(w printer) {
	w.printf("# fish completion for mapping; made by: mapping completion fish\n"+
		"complete -c mapping -n __fish_use_subcommand -f -a help -d 'tell more of a command'\n"+
		"complete -c mapping -n '__fish_seen_subcommand_from help' -f -a %s\n", fishText(commandNames()))
	for _, c := range commands() {
		w.printf("complete -c mapping -n __fish_use_subcommand -f -a %s -d %s\n", c.name, fishText(c.summary))
		seen := fishText("__fish_seen_subcommand_from " + c.name)
		if len(c.choices) > 0 {
			w.printf("complete -c mapping -n %s -f -a %s\n", seen, fishText(strings.Join(c.choices, " ")))
		}
		c.declared().each(func(one *flag.Flag, values []string, file bool) {
			takes := ""
			switch {
			case isBool(one):
			case len(values) > 0:
				takes = " -x -a " + fishText(strings.Join(values, " "))
			case file:
				takes = " -r -F"
			default:
				takes = " -x"
			}
			long := "-l " + one.Name
			if len(one.Name) == 1 {
				long = "-s " + one.Name
			}
			w.printf("complete -c mapping -n %s %s%s -d %s\n", seen, long, takes, fishText(one.Usage))
		})
	}
}

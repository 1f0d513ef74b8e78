package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
)

// errHelp is what parse returns for -h.
var errHelp = flag.ErrHelp

// flags are a command's flags. The completions are made of them.
type flags struct {
	set     *flag.FlagSet
	choices map[string][]string // values that can be completed
	files   map[string]bool     // flags whose value is a file or folder
}

func newFlags(name string) *flags {
	set := flag.NewFlagSet(name, flag.ContinueOnError)
	set.SetOutput(io.Discard)
	return &flags{set: set, choices: map[string][]string{}, files: map[string]bool{}}
}

func (f *flags) bool(name, usage string) *bool { return f.set.Bool(name, false, usage) }

func (f *flags) text(name, value, usage string) *string { return f.set.String(name, value, usage) }

func (f *flags) number(name string, value float64, usage string) *float64 {
	return f.set.Float64(name, value, usage)
}

func (f *flags) whole(name string, value int, usage string) *int {
	return f.set.Int(name, value, usage)
}

func (f *flags) file(name, usage string) *string {
	f.files[name] = true
	return f.set.String(name, "", usage)
}

// choice is a flag that takes one of several words.
func (f *flags) choice(name, value, usage string, words ...string) *string {
	f.choices[name] = words
	out := value
	f.set.Var(&choiceValue{&out, words}, name, usage)
	return &out
}

type choiceValue struct {
	value *string
	words []string
}

// String returns the value.
func (v *choiceValue) String() string {
	if v.value == nil {
		return ""
	}
	return *v.value
}

// Set takes a value that is one of the words.
func (v *choiceValue) Set(text string) error {
	if !slices.Contains(v.words, text) {
		return fmt.Errorf("it is one of %s", strings.Join(v.words, ", "))
	}
	*v.value = text
	return nil
}

// pairs is a flag that may stand several times: --option delimiter=;
func (f *flags) pairs(name, usage string) *pairsValue {
	v := &pairsValue{}
	f.set.Var(v, name, usage)
	return v
}

type pairsValue struct{ all [][2]string }

// String returns nothing: there is no default.
func (v *pairsValue) String() string { return "" }

// Set adds a pair.
func (v *pairsValue) Set(text string) error {
	name, value, found := strings.Cut(text, "=")
	if !found || name == "" {
		return errors.New("write name=value")
	}
	v.all = append(v.all, [2]string{name, value})
	return nil
}

// texts is a flag that may stand several times, with any text.
func (f *flags) texts(name, usage string) *textsValue {
	v := &textsValue{}
	f.set.Var(v, name, usage)
	return v
}

type textsValue struct{ all []string }

// String returns nothing: there is no default.
func (v *textsValue) String() string { return "" }

// Set adds a text.
func (v *textsValue) Set(text string) error {
	v.all = append(v.all, text)
	return nil
}

// parse reads flags and arguments in any order; after -- there are arguments only.
func (f *flags) parse(args []string) ([]string, error) {
	// The package flag writes one dash, and so would we not.
	flagMessages := strings.NewReplacer("flag provided but not defined: -", "there is no flag --", " for flag -", " for flag --",
		"flag needs an argument: -", "a value is missing after --")
	var rest []string
	for len(args) > 0 {
		if err := f.set.Parse(args); errors.Is(err, flag.ErrHelp) {
			return nil, errHelp
		} else if err != nil {
			return nil, usageError{flagMessages.Replace(err.Error())}
		}
		left := f.set.Args()
		if n := len(args) - len(left); n > 0 && args[n-1] == "--" {
			return append(rest, left...), nil
		}
		if len(left) == 0 {
			break
		}
		rest, args = append(rest, left[0]), left[1:]
	}
	return rest, nil
}

// isBool reports whether a flag takes no value.
func isBool(f *flag.Flag) bool {
	b, ok := f.Value.(interface{ IsBoolFlag() bool })
	return ok && b.IsBoolFlag()
}

func (f *flags) help(w printer) {
	f.set.VisitAll(func(one *flag.Flag) {
		name := "--" + one.Name
		switch {
		case isBool(one):
		case f.files[one.Name]:
			name += " FILE"
		case f.choices[one.Name] != nil:
			name += " WORD"
		default:
			name += " VALUE"
		}
		if one.DefValue != "" && one.DefValue != "false" && one.DefValue != "0" && f.choices[one.Name] == nil {
			w.printf("  %-20s %s (default %s)\n", name, one.Usage, one.DefValue)
			return
		}
		w.printf("  %-20s %s\n", name, one.Usage)
	})
}

// Package heartbeat keeps a mediator alive in an OpenHIM core: it beats,
// registers the mediator again when the core has forgotten it, and brings the
// settings that an administrator changes in the console.
//
// Use it where a program talks to a core by itself. Package mediator runs one
// for every mediator, with nothing to do.
//
// The smallest use, with api being an [openhim.API] or anything else that
// implements [Sender]:
//
//	hb, err := heartbeat.New(heartbeat.Config{
//		URN:      "urn:mediator:patient-to-dhis2",
//		Sender:   api,
//		OnConfig: heartbeat.Typed(defs, settings.Set),
//	})
//	if err != nil {
//		return err
//	}
//	return hb.Run(ctx)
//
// with settings being a [Value] of the program's own settings type, and defs
// the config definitions that the mediator registers.
//
// # What it relies on
//
// The core counts a mediator as alive for 60 seconds after a beat. It tells a
// config change to the first replica that beats after it, and to no other; a
// change made before the first beat is never told at all (openhim-core.md,
// section 4). So the first beat asks for the config, and every k-th after it,
// and what comes is compared with what was there by content.
//
// # What it never does
//
// It does not end the program, whatever the core or a callback does. It does
// not write a setting's value to the log, for it may be a password: only the
// names of params. It keeps no state outside a [Heartbeat], so two mediators
// in one program know nothing of each other.
package heartbeat

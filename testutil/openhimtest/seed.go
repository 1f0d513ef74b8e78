package openhimtest

import (
	"crypto/rand"
	"crypto/sha512"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/url"
	"strconv"

	"github.com/openhim/mediator-go/mediator/openhim"
	"github.com/openhim/mediator-go/testutil/openhimtest/internal/model"
	"github.com/openhim/mediator-go/testutil/openhimtest/internal/mongo"
)

// ErrNotFound is what is wrapped when the core has no such document.
var ErrNotFound = errors.New("the core has no such document")

// Seed is what a core holds from the start. It is validated as the API would and
// stored without calling it.
type Seed struct {
	Channels  []openhim.Channel
	Clients   []Client
	Mediators []openhim.Mediator
	Users     []User
}

// Client is a client of the router.
type Client struct {
	// ClientID is what it authenticates with. Required.
	ClientID string
	// Password for basic authentication; empty means it has none.
	Password string
	// Roles that channels allow. Defaults to ClientRole.
	Roles []string
	// CustomTokenID authenticates by "Authorization: Custom <id>" (8.5).
	CustomTokenID string
}

// User is a user of the API.
type User struct {
	// Email is what it logs in with. Required, as is Password.
	Email, Password string
	// Groups decide what it may do; "admin" may everything. Defaults to admin.
	Groups []string
}

// Seed adds documents. The first that does not fit ends it with an error that names
// it.
func (c *Core) Seed(seed Seed) error {
	for i := range seed.Channels {
		if _, err := c.insert(model.Channels, seed.Channels[i].Name, seed.Channels[i]); err != nil {
			return err
		}
	}
	for _, client := range seed.Clients {
		if err := c.seedClient(client); err != nil {
			return err
		}
	}
	for i := range seed.Mediators {
		if _, err := c.insert(model.Mediators, seed.Mediators[i].URN, seed.Mediators[i]); err != nil {
			return err
		}
	}
	for _, user := range seed.Users {
		if err := c.seedUser(user); err != nil {
			return err
		}
	}
	return nil
}

func (c *Core) seedClient(client Client) error {
	doc := openhim.Client{ClientID: client.ClientID, Name: client.ClientID, Roles: client.Roles, CustomTokenID: client.CustomTokenID}
	if doc.Roles == nil {
		doc.Roles = []string{ClientRole}
	}
	if client.Password != "" {
		salt := newSalt()
		doc.PasswordAlgorithm, doc.PasswordSalt = "sha512", salt
		doc.PasswordHash = hexSHA512(client.Password + salt)
	}
	_, err := c.insert(model.Clients, client.ClientID, doc)
	return err
}

func (c *Core) seedUser(user User) error {
	groups := user.Groups
	if groups == nil {
		groups = []string{"admin"}
	}
	salt := newSalt()
	hash := mongo.Doc{"passwordAlgorithm": "sha512", "passwordSalt": salt, "passwordHash": hexSHA512(salt + user.Password)}
	doc := mongo.Doc{"firstname": "Test", "surname": "User", "email": user.Email, "groups": groups}
	if !c.models.Modern() {
		maps.Copy(doc, hash)
		_, err := c.insert(model.Users, user.Email, doc)
		return err
	}
	doc["provider"] = "local"
	if _, err := c.insert(model.Users, user.Email, doc); err != nil {
		return err
	}
	// As a user whose password was set: a token and a local passport.
	for _, passport := range []mongo.Doc{
		{"protocol": "token", "email": user.Email, "passwordAlgorithm": "sha512", "passwordSalt": salt, "passwordHash": hash["passwordHash"]},
		{"protocol": "local", "email": user.Email, "passwordSalt": salt, "passwordHash": hash["passwordHash"]},
	} {
		if _, err := c.collection(model.Passports).Insert(passport); err != nil {
			return fmt.Errorf("openhimtest: user %s: %w", user.Email, err)
		}
	}
	return nil
}

// insert validates a value by its JSON form and stores it.
func (c *Core) insert(collection, name string, value any) (mongo.ObjectID, error) {
	raw, err := json.Marshal(value)
	if err != nil {
		return "", fmt.Errorf("openhimtest: %s %q: %w", collection, name, err)
	}
	var doc mongo.Doc
	if err := json.Unmarshal(raw, &doc); err != nil {
		return "", fmt.Errorf("openhimtest: %s %q: %w", collection, name, err)
	}
	cast, err := c.models.Schema(collection).Cast(doc, mongo.CastOptions{Validate: true, Now: c.opts.Clock})
	if err != nil {
		return "", fmt.Errorf("openhimtest: %s %q: %w", collection, name, err)
	}
	cast["__v"] = 0.0
	id, err := c.collection(collection).Insert(cast)
	if err != nil {
		return "", fmt.Errorf("openhimtest: %s %q: %w", collection, name, err)
	}
	return id, nil
}

// ChannelTo is a channel for all methods and the client of every new core that
// leads to one mediator. pattern is a regular expression on the path; a path in
// mediatorURL replaces the request's. A mediatorURL that is none gives a channel
// that [Core.Seed] refuses.
func ChannelTo(name, pattern, mediatorURL string) openhim.Channel {
	route := openhim.Route{Name: name, Primary: true, Type: openhim.EndpointHTTP}
	if u, err := url.Parse(mediatorURL); err == nil {
		route.Host, route.Secured = u.Hostname(), u.Scheme == "https"
		route.Port = map[string]int{"http": 80, "https": 443}[u.Scheme]
		if port, err := strconv.Atoi(u.Port()); err == nil {
			route.Port = port
		}
		if u.Path != "" && u.Path != "/" {
			route.Path = u.Path
		}
	}
	return openhim.Channel{
		Name: name, URLPattern: pattern, Type: openhim.ChannelHTTP, AuthType: openhim.AuthPrivate, Allow: []string{ClientRole},
		Methods: []string{"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"}, Routes: []openhim.Route{route},
	}
}

// AddChannel stores [ChannelTo] and gives its id.
func (c *Core) AddChannel(name, pattern, mediatorURL string) (id string, err error) {
	channel := ChannelTo(name, pattern, mediatorURL)
	if channel.Routes[0].Host == "" {
		return "", fmt.Errorf("openhimtest: channel %q: %q is not the URL of a mediator", name, mediatorURL)
	}
	oid, err := c.insert(model.Channels, name, channel)
	return string(oid), err
}

// MediatorURL is the URL of something that listens on [Core.Listen].
func MediatorURL(listener net.Listener) string { return "http://" + listener.Addr().String() }

func newSalt() string {
	var raw [16]byte
	_, _ = rand.Read(raw[:]) // never fails since Go 1.24
	return hex.EncodeToString(raw[:])
}

func hexSHA512(text string) string {
	sum := sha512.Sum512([]byte(text))
	return hex.EncodeToString(sum[:])
}

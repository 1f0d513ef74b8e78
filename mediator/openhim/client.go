package openhim

import "crypto/rand"

// Client is a system that may send requests through the core: the core's
// record, not the client of its API, which is [API].
type Client struct {
	ID       string `json:"_id,omitempty"`
	ClientID string `json:"clientID"`
	Name     string `json:"name"`
	// Roles the channels allow. At least one is required.
	Roles []string `json:"roles"`

	ClientDomain       string `json:"clientDomain,omitempty"`
	Organization       string `json:"organization,omitempty"`
	Location           string `json:"location,omitempty"`
	SoftwareName       string `json:"softwareName,omitempty"`
	Description        string `json:"description,omitempty"`
	ContactPerson      string `json:"contactPerson,omitempty"`
	ContactPersonEmail string `json:"contactPersonEmail,omitempty"`

	// PasswordHash is hex(PasswordAlgorithm(password + PasswordSalt)), the
	// other way round than for users of the API; see [Client.WithPassword].
	PasswordAlgorithm string `json:"passwordAlgorithm,omitempty"`
	PasswordSalt      string `json:"passwordSalt,omitempty"`
	PasswordHash      string `json:"passwordHash,omitempty"`
	CertFingerprint   string `json:"certFingerprint,omitempty"`
	CustomTokenID     string `json:"customTokenID,omitempty"`
}

// WithPassword returns c with the hash of a password and a new salt, for basic
// authentication at the router.
func (c Client) WithPassword(password string) Client {
	c.PasswordAlgorithm = "sha512"
	c.PasswordSalt = rand.Text()
	c.PasswordHash = hexSHA512(password + c.PasswordSalt)
	return c
}

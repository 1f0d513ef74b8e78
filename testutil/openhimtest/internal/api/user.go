package api

import (
	"crypto/rand"
	"net/http"
	"strings"
	"time"

	"github.com/openhim/mediator-go/testutil/openhimtest/internal/model"
	"github.com/openhim/mediator-go/testutil/openhimtest/internal/mongo"
)

func userRoutes() []route {
	return []route{
		get("/users", permit{old: "getUsers", all: "user-view", also: "user-manage"}, (*call).getUsers),
		get("/users/:email", permit{}, (*call).getUser),
		post("/users", permit{old: "addUser", all: "user-manage"}, (*call).addUser),
		put("/users/:email", permit{}, (*call).updateUser),
		del("/users/:email", permit{old: "removeUser", all: "user-manage"}, (*call).removeUser),
	}
}

// tokenValid is how long a new user has to set a password (newUserExpiry), and
// resetValid how long a link to a new one lasts (userPasswordResetExpiry).
const (
	tokenValid = 7 * 24 * time.Hour
	resetValid = 24 * time.Hour
)

func newToken() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails since Go 1.24
	return hexText(b[:])
}

func (c *call) getUsers() error {
	c.setBody(docs(c.collection(model.Users).Find(mongo.Doc{}, mongo.FindOptions{})))
	return nil
}

// itself tells whether the user asks about themselves.
func (c *call) itself(email string) bool { return text(c.user["email"]) == email }

func (c *call) getUser() error {
	email := c.param(0)
	if !c.itself(email) && (permit{old: "getUser", all: "user-view", also: "user-manage"}).refuses(c) {
		return nil
	}
	user, has := c.findUser(email)
	if !has {
		c.setBody("User with email " + email + " could not be found.")
		c.setStatus(http.StatusNotFound)
		return nil
	}
	c.setBody(user)
	return nil
}

// addUser makes a user who must set a password by the link of a mail. On 8.5.0 a
// given password hash becomes a token passport; a given plain password is stored
// as it is, so that no login matches it until it is set again (openhim-core.md
// section 2).
func (c *call) addUser() error {
	given := c.input.doc()
	email, isText := given["email"].(string)
	if !isText {
		return readingUndefined("toLowerCase")
	}
	email = strings.ToLower(email)
	given["email"] = email
	given["token"], given["tokenType"], given["locked"] = newToken(), "newUser", true
	given["expiry"] = c.now().Add(tokenValid).Truncate(time.Second)
	hash := mongo.CloneDoc(given)
	if c.modern {
		for _, key := range []string{"passwordAlgorithm", "passwordSalt", "passwordHash"} {
			delete(given, key)
		}
	}
	if err := c.create(model.Users, given); err != nil {
		c.answer(http.StatusInternalServerError, "Could not add user via the API %s", mongo.JSText(err))
		return nil
	}
	if c.modern {
		switch {
		case hasHash(hash):
			c.setTokenPassport(email, hash)
		case truthy(hash["password"]):
			c.putPassport("local", email, mongo.Doc{"password": hash["password"]})
		}
	}
	c.setBody("User successfully created")
	c.setStatus(http.StatusCreated)
	return nil
}

func hasHash(user mongo.Doc) bool {
	return truthy(user["passwordAlgorithm"]) && truthy(user["passwordHash"]) && truthy(user["passwordSalt"])
}

func (c *call) updateUser() error {
	email := c.param(0)
	if !c.itself(email) && (permit{old: "updateUser", all: "user-manage"}).refuses(c) {
		return nil
	}
	given := c.input.doc()
	if hasHash(given) || c.modern && truthy(given["password"]) {
		given["token"], given["tokenType"], given["locked"], given["expiry"] = nil, nil, false, nil
	}
	if c.itself(email) && !c.isAdmin() {
		delete(given, "groups")
	}
	delete(given, "_id")
	if user, has := c.findUser(email); has {
		c.keepPasswords(text(user["email"]), given)
		if err := c.update(model.Users, idOf(user["_id"]), given); err != nil {
			c.answer(http.StatusInternalServerError, "Could not update user %s via the API %s", email, mongo.JSText(err))
			return nil
		}
	}
	c.setBody("Successfully updated user.")
	return nil
}

// keepPasswords moves passwords to the passports of 7.2 and later.
func (c *call) keepPasswords(email string, given mongo.Doc) {
	if !c.modern {
		return
	}
	if hasHash(given) {
		c.setTokenPassport(email, given)
	}
	if password, isText := given["password"].(string); isText && password != "" {
		c.setLocalPassport(email, password)
		salt := newUUID()
		c.setTokenPassport(email, mongo.Doc{"passwordAlgorithm": "sha512", "passwordSalt": salt, "passwordHash": sha512Hex(salt, password)})
	}
	for _, key := range []string{"password", "passwordAlgorithm", "passwordSalt", "passwordHash"} {
		delete(given, key)
	}
}

func (c *call) removeUser() error {
	email := c.param(0)
	if email == c.RootEmail {
		c.answer(http.StatusForbidden, "User %s is OpenHIM root, User cannot be deleted through the API", c.RootEmail)
		return nil
	}
	if user, has := c.findUser(email); has {
		c.collection(model.Users).Delete(idOf(user["_id"]))
		for _, passport := range c.collection(model.Passports).Find(mongo.Doc{"email": user["email"]}, mongo.FindOptions{}) {
			c.collection(model.Passports).Delete(idOf(passport["_id"]))
		}
	}
	c.setBody("Successfully removed user with email " + email)
	return nil
}

// requestPasswordReset is GET /password-reset-request/:email; the fake sends no
// mail, tests read the token from the database.
func (c *call) requestPasswordReset() error {
	email := c.param(0)
	if email == c.RootEmail {
		c.setBody("Cannot request password reset for '" + c.RootEmail + "'")
		c.setStatus(http.StatusForbidden)
		return nil
	}
	user, has := c.findUser(email)
	if !has {
		c.setBody("Tried to request password reset for invalid email address: " + email)
		c.setStatus(http.StatusNotFound)
		return nil
	}
	token := mongo.Doc{"token": newToken(), "tokenType": "existingUser", "expiry": c.now().Add(resetValid).Truncate(time.Second)}
	if err := c.update(model.Users, idOf(user["_id"]), token); err != nil {
		c.answer(http.StatusInternalServerError, "Could not update user with email %s via the API %s", email, mongo.JSText(err))
		return nil
	}
	c.setBody("Successfully set user token/expiry for password reset.")
	c.setStatus(http.StatusCreated)
	return nil
}

func (c *call) getUserByToken() error {
	token := c.param(0)
	user, has := c.collection(model.Users).FindOne(mongo.Doc{"token": token})
	if !has {
		c.setBody("User with token " + token + " could not be found.")
		c.setStatus(http.StatusNotFound)
		return nil
	}
	if expiry, ok := timeOf(user["expiry"]); ok && expiry.Before(c.now()) {
		c.setBody("Token " + token + " has expired")
		c.setStatus(http.StatusGone)
		return nil
	}
	shown := mongo.Doc{}
	for _, key := range []string{"email", "firstname", "surname", "msisdn", "token", "tokenType", "locked", "expiry"} {
		if value, has := user[key]; has {
			shown[key] = value
		}
	}
	c.setBody(shown)
	return nil
}

func (c *call) updateUserByToken() error {
	token := c.param(0)
	given := c.input.doc()
	user, has := c.collection(model.Users).FindOne(mongo.Doc{"token": token})
	if !has {
		c.setBody("User with token " + token + " could not be found.")
		c.setStatus(http.StatusNotFound)
		return nil
	}
	if expiry, ok := timeOf(user["expiry"]); ok && expiry.Before(c.now()) {
		c.setBody("User with token " + token + " has expired to set their password.")
		c.setStatus(http.StatusGone)
		return nil
	}
	change := mongo.Doc{"token": nil, "tokenType": nil, "expiry": nil}
	for _, key := range []string{"password", "passwordAlgorithm", "passwordSalt", "passwordHash"} {
		if value, has := given[key]; has {
			change[key] = value
		}
	}
	if user["tokenType"] == "newUser" {
		change["firstname"], change["surname"] = given["firstname"], given["surname"]
		change["locked"], change["msisdn"] = false, given["msisdn"]
	}
	c.keepPasswords(text(user["email"]), change)
	if err := c.update(model.Users, idOf(user["_id"]), change); err != nil {
		c.answer(http.StatusInternalServerError, "Could not update user with token %s via the API %s", token, mongo.JSText(err))
		return nil
	}
	c.setBody("Successfully set new user password.")
	return nil
}

package dhis2

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
)

// GeneratedValue is a value that the server made for an attribute with a pattern.
type GeneratedValue struct {
	// Value is the next one.
	Value string `json:"value"`
	// Created and Expires are when it was made and until when nobody else gets
	// it; times of the server, see [Server.ParseTime].
	Created string `json:"created"`
	Expires string `json:"expiryDate"`
}

// GenerateValue gets the next value of a generated attribute; it is kept for 3
// days. values are the parts of its pattern that the server asks for, such as
// ORG_UNIT_CODE. An attribute without a pattern gives an *[Error] with status
// 400.
func (c *Client) GenerateValue(ctx context.Context, attribute string, values map[string]string) (GeneratedValue, error) {
	if !ValidUID(attribute) {
		return GeneratedValue{}, &ArgumentError{Argument: "attribute", Reason: "is no UID"}
	}
	var v GeneratedValue
	err := c.Get(ctx, "trackedEntityAttributes/"+attribute+"/generate", patternQuery(values), &v)
	if err == nil && v.Value == "" {
		return GeneratedValue{}, errors.New("dhis2: GET trackedEntityAttributes/{id}/generate: the answer holds no value")
	}
	return v, err
}

// ReserveValues gets the next n values, at most 1,000, of a generated attribute
// for use within days (60 if 0). What is not used is lost, as it is when the
// answer is.
func (c *Client) ReserveValues(
	ctx context.Context, attribute string, n, days int, values map[string]string,
) ([]GeneratedValue, error) {
	const most = 1000
	switch {
	case !ValidUID(attribute):
		return nil, &ArgumentError{Argument: "attribute", Reason: "is no UID"}
	case n < 1 || n > most:
		return nil, &ArgumentError{Argument: "n", Reason: fmt.Sprintf("must be 1 to %d", most)}
	case days < 0:
		return nil, &ArgumentError{Argument: "days", Reason: "must not be negative"}
	}
	query := patternQuery(values)
	query.Set("numberToReserve", strconv.Itoa(n))
	if days > 0 {
		query.Set("expiration", strconv.Itoa(days))
	}
	var reserved []GeneratedValue
	err := c.Get(ctx, "trackedEntityAttributes/"+attribute+"/generateAndReserve", query, &reserved)
	if err != nil {
		return nil, err
	}
	different := map[string]bool{}
	for _, v := range reserved {
		if v.Value != "" {
			different[v.Value] = true
		}
	}
	if len(reserved) != n || len(different) != n {
		return nil, fmt.Errorf("dhis2: GET trackedEntityAttributes/{id}/generateAndReserve: "+
			"the server gave %d different values instead of %d", len(different), n)
	}
	return reserved, nil
}

func patternQuery(values map[string]string) url.Values {
	query := url.Values{}
	for name, value := range values {
		query.Set(name, value)
	}
	return query
}

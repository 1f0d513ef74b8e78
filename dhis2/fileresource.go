package dhis2

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"strings"
)

// FileResource is a file that the server keeps. Its UID is the value of a data
// element or attribute of type FILE_RESOURCE or IMAGE: of one only (E1009).
type FileResource struct {
	// UID of the file.
	UID string `json:"id"`
	// Name and ContentType are as they were sent.
	Name        string `json:"name"`
	ContentType string `json:"contentType"`
	// ContentLength in bytes.
	ContentLength int64 `json:"contentLength"`
	// ContentMD5 is a checksum in hexadecimal digits.
	ContentMD5 string `json:"contentMd5"`
	// StorageStatus is PENDING, STORED or FAILED.
	StorageStatus string `json:"storageStatus"`
}

// UploadFile sends a file. What no value names within two hours is deleted by the
// server, so that sending it twice after a lost answer leaves nothing behind. It
// has to be no longer than Config.MaxRequest.
func (c *Client) UploadFile(ctx context.Context, name, contentType string, content []byte) (FileResource, error) {
	if name == "" || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f }) ||
		contentType == "" || strings.ContainsAny(contentType, "\r\n") {
		return FileResource{}, &ArgumentError{Argument: "name, contentType", Reason: "are empty or hold control characters"}
	}
	if int64(len(content)) > c.cfg.MaxRequest {
		return FileResource{}, &ArgumentError{
			Argument: "content", Reason: fmt.Sprintf("has %d bytes, more than Config.MaxRequest", len(content)),
		}
	}
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreatePart(textproto.MIMEHeader{
		"Content-Disposition": {multipart.FileContentDisposition("file", name)}, "Content-Type": {contentType},
	})
	if err == nil {
		_, err = part.Write(content)
	}
	if err = errors.Join(err, form.Close()); err != nil {
		return FileResource{}, fmt.Errorf("dhis2: upload: %w", err)
	}
	var answer struct {
		Response struct {
			FileResource FileResource `json:"fileResource"`
		} `json:"response"`
	}
	r := Request{
		Method: http.MethodPost, Path: "fileResources", Query: url.Values{"domain": {"DATA_VALUE"}},
		Body: body.Bytes(), ContentType: form.FormDataContentType(), Repeat: RepeatSafe,
	}
	if err := c.getJSON(ctx, r, &answer); err != nil {
		return FileResource{}, err
	}
	if !ValidUID(answer.Response.FileResource.UID) {
		return FileResource{}, errors.New("dhis2: POST fileResources: the answer names no file")
	}
	return answer.Response.FileResource, nil
}

// FileResource reads what the server knows of a file.
func (c *Client) FileResource(ctx context.Context, uid string) (FileResource, error) {
	if !ValidUID(uid) {
		return FileResource{}, &ArgumentError{Argument: "uid", Reason: "is no UID"}
	}
	var f FileResource
	err := c.Get(ctx, "fileResources/"+uid, nil, &f)
	if err == nil && f.UID != uid {
		return FileResource{}, errors.New("dhis2: GET fileResources/{id}: the answer is of no or another file")
	}
	return f, err
}

package mappingtest_test

import (
	"context"
	"fmt"

	"github.com/openhim/mediator-go/testutil/mappingtest"
)

// In a test file there is one line for all mappings of a folder, and a subtest for each case:
//
//	func TestMappings(t *testing.T) { mappingtest.Config{MinCoverage: 100}.Run(t, "testdata/good") }
//
// An example has no *testing.T, so Check does here what Run does there.
func ExampleConfig() {
	err := mappingtest.Config{MinCoverage: 100}.Check(context.Background(), "testdata/good")
	fmt.Println("patient:", err)

	err = mappingtest.Config{}.Check(context.Background(), "testdata/bad/person")
	fmt.Println(err)
	// Output:
	// patient: <nil>
	// testdata/bad/person/person.cases.yaml:2: the wrong gender: /gender: want "male", got "female"
}

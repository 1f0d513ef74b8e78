package dhis2

import (
	"time"
)

// Snapshot is the metadata of a server at one moment: what a client has to know to write data
// that the server takes, and to say beforehand what it would refuse. It comes from a server
// (Metadata, FetchMetadata), from a file that WriteTo wrote (ReadSnapshot), or from a metadata
// export of DHIS2 (ParseMetadata).
//
//	program := snapshot.Programs().Code("PR_CHILD")
//	element, err := snapshot.DataElements().Find(dhis2.SchemeCode, "OHM_WEIGHT")
//
// It is immutable and safe for concurrent use. Look-ups by UID and by code are one access of a
// map. Objects point to each other (a stage to its data elements, these to their option sets);
// what is referred to and not there is a Missing object, so that such pointers are nil only
// where the server has nothing.
type Snapshot struct {
	header   SnapshotHeader
	problems []MetadataProblem

	programs        *Objects[Program]
	stages          *Objects[ProgramStage]
	attributes      *Objects[Attribute]
	dataElements    *Objects[DataElement]
	optionSets      *Objects[OptionSet]
	orgUnits        *Objects[OrgUnit]
	entityTypes     *Objects[TrackedEntityType]
	relationships   *Objects[RelationshipType]
	dataSets        *Objects[DataSet]
	combos          *Objects[CategoryCombo]
	optionCombos    *Objects[OptionCombo]
	categories      *Objects[Category]
	categoryOptions *Objects[CategoryOption]
	metaAttributes  *Objects[MetadataAttribute]
	revisionOnce    func() string
	defaultCombo    *CategoryCombo
	defaultOptCombo *OptionCombo
}

// SnapshotHeader says where a snapshot comes from.
type SnapshotHeader struct {
	SystemID string    `json:"id,omitempty"`      // of the server, "" if it is not known
	Version  string    `json:"version,omitempty"` // of the server: 2.42.5.2; "" if it is not known
	Taken    time.Time `json:"date,omitzero"`     // by the server's clock when it began; zero if it is not known
}

// Header says which server the snapshot is of, and when it was taken.
func (s *Snapshot) Header() SnapshotHeader { return s.header }

// Programs are the programs, with their stages and attributes.
func (s *Snapshot) Programs() *Objects[Program] { return s.programs }

// ProgramStages are the stages of all programs.
func (s *Snapshot) ProgramStages() *Objects[ProgramStage] { return s.stages }

// Attributes are the tracked entity attributes.
func (s *Snapshot) Attributes() *Objects[Attribute] { return s.attributes }

// DataElements are the data elements, of tracker and of aggregate data.
func (s *Snapshot) DataElements() *Objects[DataElement] { return s.dataElements }

// OptionSets are the option sets, with their options.
func (s *Snapshot) OptionSets() *Objects[OptionSet] { return s.optionSets }

// OrgUnits are the organisation units.
func (s *Snapshot) OrgUnits() *Objects[OrgUnit] { return s.orgUnits }

// TrackedEntityTypes are the types of tracked entities.
func (s *Snapshot) TrackedEntityTypes() *Objects[TrackedEntityType] { return s.entityTypes }

// RelationshipTypes are the types of relationships.
func (s *Snapshot) RelationshipTypes() *Objects[RelationshipType] { return s.relationships }

// DataSets are the data sets of aggregate data.
func (s *Snapshot) DataSets() *Objects[DataSet] { return s.dataSets }

// CategoryCombos are the category combinations.
func (s *Snapshot) CategoryCombos() *Objects[CategoryCombo] { return s.combos }

// OptionCombos are the category option combinations of all category combinations.
func (s *Snapshot) OptionCombos() *Objects[OptionCombo] { return s.optionCombos }

// Categories are the categories of the category combinations.
func (s *Snapshot) Categories() *Objects[Category] { return s.categories }

// CategoryOptions are the options of the categories.
func (s *Snapshot) CategoryOptions() *Objects[CategoryOption] { return s.categoryOptions }

// MetadataAttributes are the attributes that metadata itself has values of, which
// ATTRIBUTE:uid names: not those of tracked entities.
func (s *Snapshot) MetadataAttributes() *Objects[MetadataAttribute] { return s.metaAttributes }

// DefaultCategoryCombo is the combination of what has none, which every server has.
func (s *Snapshot) DefaultCategoryCombo() *CategoryCombo { return s.defaultCombo }

// DefaultOptionCombo is the only option combination of DefaultCategoryCombo.
func (s *Snapshot) DefaultOptionCombo() *OptionCombo { return s.defaultOptCombo }

// Revision is a hash of the whole content, like an ETag: snapshots with the same metadata have
// the same revision, whenever and from wherever they were taken.
func (s *Snapshot) Revision() string { return s.revisionOnce() }

// Problems are what is doubtful in the metadata: codes that several objects have, references
// to objects that are not there. They are in the order of kind and UID, and at most 1,000.
func (s *Snapshot) Problems() []MetadataProblem { return s.problems }

// MetadataProblem is something doubtful in metadata.
type MetadataProblem struct {
	Kind    string   // "data element", …
	UIDs    []string // of the objects it is about
	Message string   // what is wrong: "2 objects have the code X"
}

// String is the problem in one line.
func (p MetadataProblem) String() string { return p.Kind + ": " + p.Message }

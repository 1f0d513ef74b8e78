package fhirtest

import "net/http"

// traits are what servers do differently. A fact that depends on one of them asks for what
// the server does, also where that is a refusal.
type traits struct {
	countedVersions bool   // versions are 1, 2, 3 …
	keepsCreatedID  bool   // the id and the version in the body of a create are taken
	prefer          bool   // Prefer: return= is honoured
	decimal         string // what becomes of 1.10
	gzip            bool   // both ways
	xml             bool   // both ways
	requestID       bool   // X-Request-ID is echoed
	notAcceptable   int    // Accept: image/png
	conditionalRead bool   // If-None-Match, If-Modified-Since
	subsets         bool   // _summary, _elements
	raw             bool   // a Binary as what it holds

	wrongContentType int // text/plain, and none
	unknownElement   int
	unknownCode      int
	badDate          int
	wrongShape       int // an array for a scalar, an object for an array, a string for a boolean
	missingRequired  int
	emptyBody        int

	stale            int  // If-Match names another version
	staleMissing     int  // If-Match on what is not there
	ifNoneMatchStar  int  // If-None-Match: * on a PUT of what is there
	unchangedVersion bool // a PUT that changes nothing makes a version
	createdByPut     int  // PUT on a new id
	putLocation      bool // with Location
	numericID        int  // PUT on a new id of digits only
	keepsTags        bool // over a PUT without them
	badID            int

	patchETag       bool
	patchFailedTest int
	patchBadPath    int
	patchFHIRPath   int
	patchWrongType  int // fhir+json with an array
	patchStale      int
	patchNoSuch     int

	deleted       int // read of what was deleted
	deleteStatus  int
	deleteAgain   int
	deleteUnknown int
	deleteOutcome bool // with a body
	revives       int  // PUT on what was deleted

	conditionalPutMismatch int  // the body does not satisfy the condition
	conditionalDeleteNone  int  // the condition selects nothing
	strictConditions       bool // an unknown parameter in a condition is refused
	emptyCondition         int  // DELETE [type]

	dangling, external, wrongTarget, deleteReferenced int

	codes          bool // issue codes are the specification's
	methodOnID     int  // POST [type]/[id]
	searchByForm   bool
	unknownParam   int // lenient
	unknownParamIn int // Prefer: handling=strict
	badModifier    int
	badDateParam   int
	badNumberParam int
	badCount       int
	badInclude     int
	emptyValue     string // matches of family=: all, none
	systemSearch   int
	compartment    int
	total          string // always, known (when all were fetched), accurate (only when asked)
	countOnlyEntry bool
	includes       bool
	pages          string // root (of the server), type, none
	fullURL        bool   // in searchsets
	mode           bool   // search.mode
	forgotten      int    // a page that is not known

	history               bool // of types and the system; entries with request and response
	historyDeleted        int  // of what was deleted
	historyCounted        bool // once a minute only: what is newer pushes out what is oldest
	historyUnknown        int
	versionUnknown        int
	transactional         bool   // a failing entry takes the others back
	conditionalReferences bool   // in transactions
	entryETag             string // weak, bare, none
	entryStatus           bool   // 201 Created, not 201
	entryLocation         bool   // with the version
	unresolvedURN         int
	duplicateURL          int
	noMatch               int // a conditional reference selects nothing
	wrongBundle           int
	noRequest             int
	unknownVerb           int
	typelessBundle        int
	namesEntry            bool // a failing transaction says which entry
	plainAtRoot           int  // a Patient posted to the base
	batchStale            string
	emptyBundle           int

	validate, everything, match, export bool
	meta, expand                        bool
	unknownOperation                    int
	subscriptions                       bool
	badCriteria                         int
	capabilities                        bool // the statement lists resources
	// finds are the searches that find another number; negative: the status they are
	// refused with.
	finds map[string]int
}

func traitsOf(server string) (traits, bool) {
	switch server {
	case ServerStrict:
		return strictTraits(), true
	case ServerHAPI:
		return hapiTraits(), true
	case ServerMedplum:
		return medplumTraits(), true
	}
	return traits{}, false
}

func strictTraits() traits {
	return traits{
		countedVersions: true, prefer: true, decimal: "1.10", gzip: true, xml: true, requestID: true, notAcceptable: http.StatusNotAcceptable,
		conditionalRead: true, subsets: true, raw: true,
		wrongContentType: http.StatusUnsupportedMediaType, unknownElement: http.StatusBadRequest, unknownCode: http.StatusBadRequest,
		badDate: http.StatusBadRequest, wrongShape: http.StatusBadRequest, missingRequired: http.StatusUnprocessableEntity, emptyBody: http.StatusBadRequest,
		stale: http.StatusPreconditionFailed, staleMissing: http.StatusPreconditionFailed, ifNoneMatchStar: http.StatusPreconditionFailed,
		unchangedVersion: true, createdByPut: http.StatusCreated, putLocation: true, numericID: http.StatusCreated, badID: http.StatusBadRequest,
		patchETag: true, patchFailedTest: http.StatusUnprocessableEntity, patchBadPath: http.StatusUnprocessableEntity, patchFHIRPath: http.StatusOK,
		patchWrongType: http.StatusBadRequest, patchStale: http.StatusPreconditionFailed, patchNoSuch: http.StatusNotFound,
		deleted: http.StatusGone, deleteStatus: http.StatusNoContent, deleteAgain: http.StatusNoContent, deleteUnknown: http.StatusNoContent,
		revives:                http.StatusCreated,
		conditionalPutMismatch: http.StatusCreated, conditionalDeleteNone: http.StatusNoContent, strictConditions: true, emptyCondition: http.StatusPreconditionFailed,
		dangling: http.StatusCreated, external: http.StatusCreated, wrongTarget: http.StatusCreated, deleteReferenced: http.StatusNoContent,
		codes: true, methodOnID: http.StatusMethodNotAllowed, searchByForm: true, unknownParam: http.StatusOK, unknownParamIn: http.StatusBadRequest,
		badModifier: http.StatusBadRequest, badDateParam: http.StatusBadRequest, badNumberParam: http.StatusBadRequest, badCount: http.StatusBadRequest,
		badInclude: http.StatusOK, emptyValue: "all", systemSearch: http.StatusOK, compartment: http.StatusOK, total: "always",
		includes: true, pages: "root", fullURL: true, mode: true, forgotten: http.StatusGone,
		history: true, historyDeleted: http.StatusOK, historyUnknown: http.StatusNotFound, versionUnknown: http.StatusNotFound,
		transactional: true, conditionalReferences: true, entryETag: "weak", entryStatus: true, entryLocation: true, unresolvedURN: http.StatusBadRequest, duplicateURL: http.StatusBadRequest,
		noMatch: http.StatusPreconditionFailed, wrongBundle: http.StatusBadRequest, noRequest: http.StatusBadRequest, unknownVerb: http.StatusBadRequest,
		typelessBundle: http.StatusBadRequest, namesEntry: true, plainAtRoot: http.StatusBadRequest, batchStale: "412", emptyBundle: http.StatusOK,
		validate: true, everything: true, match: true, export: true, meta: true, expand: true, unknownOperation: http.StatusNotFound,
		subscriptions: true, badCriteria: http.StatusUnprocessableEntity, capabilities: true,
	}
}

// hapiTraits are where HAPI FHIR 8.8.0 differs from the specification's server.
func hapiTraits() traits {
	h := strictTraits()
	h.notAcceptable = http.StatusOK
	h.wrongContentType = http.StatusBadRequest
	h.unknownElement, h.wrongShape, h.missingRequired = http.StatusCreated, http.StatusCreated, http.StatusCreated
	h.stale, h.staleMissing, h.ifNoneMatchStar = http.StatusConflict, http.StatusCreated, http.StatusOK
	h.unchangedVersion, h.putLocation, h.numericID, h.keepsTags = false, false, http.StatusBadRequest, true
	h.patchETag, h.patchFailedTest, h.patchBadPath, h.patchStale = false, http.StatusBadRequest, http.StatusBadRequest, http.StatusConflict
	h.deleteStatus, h.deleteAgain, h.deleteUnknown, h.deleteOutcome = http.StatusOK, http.StatusOK, http.StatusOK, true
	h.conditionalPutMismatch = http.StatusBadRequest
	h.conditionalDeleteNone, h.emptyCondition = http.StatusOK, http.StatusBadRequest
	h.dangling, h.external, h.wrongTarget, h.deleteReferenced = http.StatusBadRequest, http.StatusBadRequest, http.StatusUnprocessableEntity, http.StatusConflict
	h.codes, h.methodOnID, h.unknownParam = false, http.StatusBadRequest, http.StatusBadRequest
	h.badModifier, h.badInclude, h.emptyValue = http.StatusOK, http.StatusBadRequest, "none"
	h.systemSearch, h.compartment, h.total = http.StatusBadRequest, http.StatusBadRequest, "known"
	h.entryETag, h.noMatch, h.typelessBundle = "bare", http.StatusNotFound, http.StatusOK
	h.namesEntry, h.batchStale = false, "409"
	h.historyCounted = true
	h.match, h.unknownOperation = false, http.StatusBadRequest
	return h
}

// medplumTraits are where Medplum's router over its memory repository differs: it checks
// little, and its searches, history and transactions are simple ones.
func medplumTraits() traits {
	m := strictTraits()
	m.countedVersions, m.keepsCreatedID, m.prefer, m.decimal = false, true, false, "1.1"
	m.xml = false
	m.gzip, m.requestID, m.notAcceptable, m.conditionalRead, m.subsets, m.raw = false, false, http.StatusOK, false, false, false
	m.wrongContentType, m.unknownElement, m.unknownCode, m.badDate = http.StatusCreated, http.StatusCreated, http.StatusCreated, http.StatusCreated
	m.wrongShape, m.missingRequired = http.StatusCreated, http.StatusCreated
	m.staleMissing, m.ifNoneMatchStar, m.createdByPut, m.putLocation = http.StatusNotFound, http.StatusOK, http.StatusOK, false
	m.numericID, m.badID, m.methodOnID = http.StatusOK, http.StatusOK, http.StatusNotFound
	m.patchFailedTest, m.patchBadPath, m.patchStale = http.StatusBadRequest, http.StatusBadRequest, http.StatusOK
	m.patchFHIRPath, m.patchWrongType = http.StatusBadRequest, http.StatusOK
	m.deleted, m.deleteStatus, m.deleteAgain, m.deleteUnknown = http.StatusNotFound, http.StatusOK, http.StatusNotFound, http.StatusNotFound
	m.deleteOutcome, m.revives, m.deleteReferenced, m.conditionalDeleteNone = true, http.StatusOK, http.StatusOK, http.StatusOK
	m.strictConditions = false
	m.unknownParamIn, m.badModifier, m.badNumberParam, m.badCount = http.StatusOK, http.StatusOK, http.StatusOK, http.StatusOK
	m.badInclude, m.compartment = http.StatusOK, http.StatusNotFound
	m.includes, m.pages, m.fullURL, m.mode = false, "none", false, false
	m.history, m.historyDeleted = false, http.StatusNotFound
	m.transactional, m.entryETag, m.entryStatus, m.entryLocation, m.conditionalReferences = false, "none", false, false, false
	m.unresolvedURN, m.duplicateURL, m.noMatch, m.noRequest, m.unknownVerb = http.StatusOK, http.StatusOK, http.StatusOK, http.StatusOK, http.StatusOK
	m.emptyBundle = http.StatusBadRequest
	m.validate, m.everything, m.match, m.export, m.meta, m.expand = false, false, false, false, false, false
	m.subscriptions, m.badCriteria, m.capabilities = false, http.StatusCreated, false
	m.finds = map[string]int{
		"a string by its middle is not found": 1, "accents do not count": 0, ":exact minds the case": 1, "a reference by id": 0,
		"a reference with its type as modifier": 0, "a quantity by its number": 0, "a quantity with prefix": 0, "a quantity with unit": 0,
		"a chain with the type": 0, "a chain without the type": 0, "_has": 0,
	}
	return m
}

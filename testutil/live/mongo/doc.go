// Package mongo is a MongoDB server that is good enough for an OpenHIM core and
// needs no installation: FerretDB with SQLite, embedded, behind a thin layer that
// fills the gaps between that version of FerretDB and the core's old driver.
//
// The layer
//   - answers the legacy OP_QUERY commands of the driver that core 4.x brings,
//     by way of OP_MSG, the only form FerretDB takes;
//   - rewrites operators that MongoDB dropped and mongoose 4 still sends;
//   - runs the two aggregations that the core needs and FerretDB lacks: $filter
//     in a $project (saving a channel) and $group with $min, $max, $first (metrics);
//   - serialises writes, since FerretDB 1 loses concurrent updates of one document
//     and the core makes such updates for each transaction;
//   - keeps back the replies nobody reads (moreToCome).
//
// It listens on loopback only, asks for no password and sends no telemetry: it is
// for the live tests and nothing else.
//
//	server, err := mongo.Listen(ctx, mongo.Config{Dir: dir})
//	go server.Run(ctx)
//	url := server.URL("openhim")
package mongo

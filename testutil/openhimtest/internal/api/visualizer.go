package api

import (
	"net/http"

	"github.com/openhim/mediator-go/testutil/openhimtest/internal/model"
	"github.com/openhim/mediator-go/testutil/openhimtest/internal/mongo"
)

func visualizerRoutes() []route {
	const view, manage = "visualizer-view", "visualizer-manage"
	return []route{
		get("/visualizers", permit{old: "getVisualizers", all: view, also: manage}, (*call).getVisualizers),
		get("/visualizers/:visualizerId", permit{old: "getVisualizer", all: view, also: manage}, (*call).getVisualizer),
		post("/visualizers", permit{old: "addVisualizer", all: manage}, (*call).addVisualizer),
		put("/visualizers/:visualizerId", permit{old: "updateVisualizer", all: manage}, (*call).updateVisualizer),
		del("/visualizers/:visualizerId", permit{old: "removeVisualizer", all: manage}, (*call).removeVisualizer),
	}
}

func (c *call) getVisualizers() error {
	c.setBody(docs(c.collection(model.Visualizers).Find(mongo.Doc{}, mongo.FindOptions{})))
	return nil
}

func (c *call) getVisualizer() error {
	id := c.param(0)
	key, err := c.castID(model.Visualizers, "_id", id)
	if err != nil {
		c.answer(http.StatusInternalServerError, "Could not fetch visualizer via the API: %s", mongo.JSText(err))
		return nil
	}
	visualizer, has := c.collection(model.Visualizers).Get(key)
	if !has {
		c.setBody("Visualizer with _id " + id + " could not be found.")
		c.setStatus(http.StatusNotFound)
		return nil
	}
	c.setBody(visualizer)
	return nil
}

func (c *call) addVisualizer() error {
	if len(c.input.raw) == 0 {
		c.answer(http.StatusNotFound, "Cannot Add Visualizer, no request object")
		return nil
	}
	if err := c.create(model.Visualizers, c.input.doc()); err != nil {
		c.answer(http.StatusInternalServerError, "Could not add visualizer via the API: %s", mongo.JSText(err))
		return nil
	}
	c.setBody("Visualizer successfully created")
	c.setStatus(http.StatusCreated)
	return nil
}

func (c *call) updateVisualizer() error {
	id := c.param(0)
	if len(c.input.raw) == 0 {
		c.answer(http.StatusNotFound, "Cannot Update Visualizer with _id %s, no request object", id)
		return nil
	}
	given := c.input.doc()
	delete(given, "_id")
	key, err := c.castID(model.Visualizers, "_id", id)
	if err == nil {
		if _, has := c.collection(model.Visualizers).Get(key); !has {
			c.answer(http.StatusNotFound, "Cannot Update Visualizer with _id %s, does not exist", id)
			return nil
		}
		err = c.update(model.Visualizers, key, given)
	}
	if err != nil {
		c.answer(http.StatusInternalServerError, "Could not update visualizer with _id %s via the API %s", id, mongo.JSText(err))
		return nil
	}
	c.setBody("Successfully updated visualizer with _id " + id)
	return nil
}

func (c *call) removeVisualizer() error {
	id := c.param(0)
	key, err := c.castID(model.Visualizers, "_id", id)
	if err != nil {
		c.answer(http.StatusInternalServerError, "Could not remove visualizer with _id %s via the API %s", id, mongo.JSText(err))
		return nil
	}
	if !c.collection(model.Visualizers).Delete(key) {
		c.answer(http.StatusNotFound, "Could not find visualizer with _id %s", id)
		return nil
	}
	c.setBody("Successfully removed visualizer with _id " + id)
	return nil
}

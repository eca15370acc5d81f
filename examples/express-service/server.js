const express = require("express");

const app = express();
const notes = [];

app.use(express.json());

app.get("/", (req, res) => {
  res.json({ hello: "from Express", try: ["GET /notes", "POST /notes", "GET /events"] });
});

app.get("/notes", (req, res) => {
  res.json(notes);
});

app.post("/notes", (req, res) => {
  const note = { id: notes.length + 1, text: String(req.body?.text ?? "") };
  notes.push(note);
  res.status(201).json(note);
});

app.get("/events", (req, res) => {
  res.set({ "content-type": "text/event-stream", "cache-control": "no-cache" }).flushHeaders();
  let count = 0;
  const timer = setInterval(() => res.write(`data: ${++count}\n\n`), 500);
  req.on("close", () => clearInterval(timer));
});

const port = process.env.PORT || 3000;
app.listen(port, () => {
  console.log(`listening on ${port}`);
});

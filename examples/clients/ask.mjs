// Asks toolpost's OpenAI-compatible API with OpenAI's own SDK for Node, streamed.
//
//     npm install openai
//     node ask.mjs "Which tables does the database have?"

import OpenAI from "openai";

const client = new OpenAI({
  baseURL: process.env.OPENAI_BASE_URL ?? "http://127.0.0.1:8765/v1",
  apiKey: process.env.OPENAI_API_KEY ?? "none",
});

const question = process.argv.slice(2).join(" ") || "What can you do?";
const stream = client.chat.completions.stream({
  model: "chat.fast",
  messages: [{ role: "user", content: question }],
});
stream.on("content", (text) => process.stdout.write(text));
await stream.finalContent();
process.stdout.write("\n");

// Asks toolpost's OpenAI-compatible API with OpenAI's own SDK for Node, streamed.
//
//     npm install openai
//     node ask.mjs "Which tables does the database have?"
//
// OPENAI_BASE_URL and OPENAI_API_KEY are read as in ask.py.

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

try {
  // Fails if the stream broke off, however much had come.
  await stream.finalContent();
} catch (error) {
  console.error(`\n${error.message}`);
  process.exitCode = 1;
}
process.stdout.write("\n");

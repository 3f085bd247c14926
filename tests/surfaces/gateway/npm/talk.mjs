// Speaks to the gateway as users of the Node SDK do; prints what it saw, as one line of JSON.
import OpenAI from 'openai';

const [url, what] = process.argv.slice(2);
const client = new OpenAI({ baseURL: url, apiKey: 'none', maxRetries: 0 });
const model = 'served-model';
const messages = [{ role: 'user', content: 'What is the weather in Oslo?' }];
const parameters = { type: 'object', properties: { city: { type: 'string' } } };
const office = { type: 'mcp', server_label: 'office', require_approval: 'never' };

const ways = {
  async chat() {
    const made = await client.chat.completions.create({ model, messages });
    return { text: made.choices[0].message.content, usage: made.usage.total_tokens, id: made._request_id };
  },
  async stream() {
    const seen = [];
    const stream = client.chat.completions.stream({ model, messages, stream_options: { include_usage: true } });
    stream.on('content.delta', ({ delta }) => seen.push(delta));
    const made = await stream.finalChatCompletion();
    return { seen: seen.join(''), text: made.choices[0].message.content, usage: made.usage.total_tokens };
  },
  async tools() {
    const asked = [];
    const weather = { name: 'weather', description: 'The weather.', parameters, parse: JSON.parse };
    weather.function = ({ city }) => { asked.push(city); return 'rain'; };
    const runner = client.chat.completions.runTools({ model, messages, tools: [{ type: 'function', function: weather }] });
    return { text: await runner.finalContent(), asked };
  },
  async streamedTools() {
    const asked = [];
    const weather = { name: 'weather', description: 'The weather.', parameters, parse: JSON.parse };
    weather.function = ({ city }) => { asked.push(city); return 'rain'; };
    const tools = [{ type: 'function', function: weather }];
    const runner = client.chat.completions.runTools({ model, messages, tools, stream: true });
    return { text: await runner.finalContent(), asked };
  },
  async response() {
    const made = await client.responses.create({ model, input: 'Hi', tools: [office] });
    return { text: made.output_text, items: made.output.map((item) => item.type), status: made.status };
  },
  async responses() {
    const kinds = [];
    const stream = client.responses.stream({ model, input: 'Hi', tools: [office] });
    for await (const event of stream) kinds.push(event.type);
    const made = await stream.finalResponse();
    return { kinds, text: made.output_text, items: made.output.map((item) => item.type) };
  },
  async models() {
    const names = [];
    for await (const one of client.models.list()) names.push(one.id);
    return { names };
  },
  async broken() {
    const seen = [];
    try {
      for await (const one of await client.chat.completions.create({ model, messages, stream: true })) {
        seen.push(one.choices[0]?.delta?.content ?? '');
      }
    } catch (error) {
      return { seen: seen.join(''), error: error.constructor.name, message: error.message };
    }
    return { seen: seen.join('') };
  },
  async refused() {
    try {
      await client.chat.completions.create({ model, messages, temperature: 'hot' });
    } catch (error) {
      return { error: error.constructor.name, status: error.status, param: error.param, code: error.code };
    }
  },
};

console.log(JSON.stringify(await ways[what]()));

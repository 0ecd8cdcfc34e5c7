// The copy button of a session takes its commands: neither prompts nor output. The theme copies `data-copy` if it is there.
for (const session of document.querySelectorAll(".language-console")) {
  const text = session.querySelector("code").textContent + "\n";
  const commands = text.match(/^\$ .*\n(?:> .*\n)*/gm) ?? [];
  session.dataset.copy = commands.join("").replace(/^[$>] /gm, "");
}

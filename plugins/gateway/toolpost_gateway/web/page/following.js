// Keeps the end in sight while an answer grows, unless somebody reads further up.

const scroller = document.getElementById("scroller"), thread = document.getElementById("thread");
let follows = true, top = 0, size = "";

export function scroll() {
  if (follows) scroller.scrollTop = scroller.scrollHeight;
}

export function follow() {
  follows = true;
  scroll();
}

// A window that changes its size is nobody who scrolls.
scroller.addEventListener("scroll", () => {
  const now = `${scroller.scrollHeight} ${scroller.clientHeight}`;
  if (scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 60) follows = true;
  else if (scroller.scrollTop < top && now === size) follows = false;
  top = scroller.scrollTop;
  size = now;
});
const resized = new ResizeObserver(scroll);
resized.observe(scroller);
resized.observe(thread);

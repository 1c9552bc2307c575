"use strict";
// Points to the nearest picture under the pointer. Without this the browser's own tooltips tell the same in words.
(function () {
  var tip = document.getElementById("tip");
  document.querySelectorAll("svg.scatter").forEach(function (chart) {
    var points = Array.prototype.map.call(chart.querySelectorAll("circle"), function (circle) {
      var title = circle.querySelector("title");
      circle.removeChild(title);
      return { circle: circle, x: +circle.getAttribute("cx"), y: +circle.getAttribute("cy"), text: title.textContent };
    });
    var shown = null;
    function hide() {
      if (shown) shown.circle.classList.remove("at");
      shown = null;
      tip.hidden = true;
    }
    function show(point, event) {
      if (point !== shown) {
        hide();
        shown = point;
        point.circle.classList.add("at");
        tip.textContent = "";
        var id = point.circle.getAttribute("data-picture");
        var picture = id && document.querySelector("img." + id);
        if (picture) tip.appendChild(picture.cloneNode());
        tip.appendChild(document.createTextNode(point.text));
        tip.hidden = false;
      }
      var box = tip.getBoundingClientRect();
      var left = event.clientX + 18;
      if (left + box.width > window.innerWidth - 8) left = Math.max(8, event.clientX - box.width - 18);
      var top = Math.min(Math.max(8, event.clientY - box.height / 2), window.innerHeight - box.height - 8);
      tip.style.left = left + "px";
      tip.style.top = top + "px";
    }
    function move(event) {
      var scale = 400 / chart.getBoundingClientRect().width;
      var box = chart.getBoundingClientRect();
      var x = (event.clientX - box.left) * scale;
      var y = (event.clientY - box.top) * scale;
      var best = null;
      var nearest = 14 * 14 * scale * scale;
      points.forEach(function (point) {
        var d = (point.x - x) * (point.x - x) + (point.y - y) * (point.y - y);
        if (d < nearest) {
          nearest = d;
          best = point;
        }
      });
      if (best) show(best, event);
      else hide();
    }
    chart.addEventListener("pointermove", move);
    chart.addEventListener("pointerdown", move);
    chart.addEventListener("pointerleave", hide);
    window.addEventListener("scroll", hide, { passive: true });
  });
})();

package org.lm4j.chart;

import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;
import org.xml.sax.SAXParseException;
import org.xml.sax.helpers.DefaultHandler;

/** Reads the markup that charts produce, by the strict rules of XML. */
public final class Xml {
  private Xml() {}

  /** Parses, and throws what the parser finds wrong. */
  public static Document parse(String markup) throws Exception {
    DocumentBuilder builder = DocumentBuilderFactory.newDefaultInstance().newDocumentBuilder();
    builder.setErrorHandler(
        new DefaultHandler() {
          @Override
          public void error(SAXParseException e) throws SAXException {
            throw e;
          }
        });
    return builder.parse(new InputSource(new StringReader(markup)));
  }

  /** Returns all elements with a name, in the order of the document. */
  public static List<Element> all(Document document, String name) {
    return elements(document.getElementsByTagName(name));
  }

  /** The elements of a name that have a class. */
  public static List<Element> all(Document document, String name, String css) {
    return all(document, name).stream().filter(element -> has(element, css)).toList();
  }

  public static boolean has(Element element, String css) {
    return List.of(element.getAttribute("class").split(" ", -1)).contains(css);
  }

  public static List<String> texts(List<Element> elements) {
    return elements.stream().map(Element::getTextContent).toList();
  }

  static double number(Element element, String attribute) {
    return Double.parseDouble(element.getAttribute(attribute));
  }

  /** Returns a number of per cent. */
  static double percent(Element element, String attribute) {
    String text = element.getAttribute(attribute);
    if (!text.endsWith("%")) {
      throw new NumberFormatException("'" + text + "' is not a percentage");
    }
    return Double.parseDouble(text.substring(0, text.length() - 1));
  }

  private static List<Element> elements(NodeList nodes) {
    List<Element> elements = new ArrayList<>();
    for (int i = 0; i < nodes.getLength(); i++) {
      elements.add((Element) nodes.item(i));
    }
    return elements;
  }
}

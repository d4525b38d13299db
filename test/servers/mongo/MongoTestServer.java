// A MongoDB-compatible server in memory on a free loopback port, for the tests in this folder. It prints its URI, and ends with its standard
// input, so that it never outlives the test that started it. Compiled by .ci/servers/mongo.sh against mongo-java-server.
import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import java.util.List;

public class MongoTestServer {
  /** What the official driver wants to see: it refuses wire versions below 9, and the server itself claims less. */
  private static final MongoVersion VERSION =
      new MongoVersion() {
        @Override
        public List<Integer> getVersionArray() {
          return List.of(5, 0, 0);
        }

        @Override
        public int getWireVersion() {
          return 13;
        }
      };

  public static void main(String[] arguments) throws Exception {
    MemoryBackend backend = new MemoryBackend();
    backend.version(VERSION);
    MongoServer server = new MongoServer(backend);
    server.bind("127.0.0.1", 0);
    System.out.println("mongodb://127.0.0.1:" + server.getLocalAddress().getPort());
    while (System.in.read() != -1) {
      // Until whoever started it is gone.
    }
    server.shutdownNow();
    System.exit(0);
  }
}
